//! What a search may try on a kernel: curated tiles, and steps from them along axes.

use std::collections::BTreeMap;

/// The values a template is rendered with, by name: the tile of a GEMM, the form of a chain.
pub type Tile = BTreeMap<String, u32>;

/// The tiles a search may try: curated ones, and their neighbours.
#[derive(Clone, Copy)]
pub struct Space {
    /// Tiles known to be good somewhere, the safest first; one empty tile where there is nothing to search.
    pub curated: fn() -> Vec<Tile>,
    /// The values a key may take, in order: a neighbour differs from a tile in one key, by one step.
    pub axes: &'static [(&'static str, &'static [u32])],
    /// Whether the template can be rendered with a tile.
    pub sound: fn(&Tile) -> bool,
}

impl Space {
    /// Nothing to search.
    pub const NONE: Self = Self {
        curated: || vec![Tile::new()],
        axes: &[],
        sound: |_| true,
    };

    /// Whether a search could try `tile`: it has the keys and values of this space, and is sound.
    pub fn holds(&self, tile: &Tile) -> bool {
        let curated = (self.curated)();
        if curated.contains(tile) {
            return true;
        }
        let known = |(key, value): (&String, &u32)| {
            let mut axes = self.axes.iter();
            axes.any(|(axis, values)| axis == key && values.contains(value))
                || curated.iter().any(|other| other.get(key) == Some(value))
        };
        let keys = |tile: &Tile| tile.keys().cloned().collect::<Vec<_>>();
        let alike = curated
            .first()
            .is_some_and(|first| keys(first) == keys(tile));
        alike && tile.iter().all(known) && (self.sound)(tile)
    }

    /// The sound tiles one step from `tile` in one key.
    pub fn neighbours(&self, tile: &Tile) -> Vec<Tile> {
        let mut found = Vec::new();
        for (key, values) in self.axes {
            let here = values
                .iter()
                .position(|value| Some(value) == tile.get(*key));
            let Some(here) = here else { continue };
            let steps = [here.checked_sub(1), Some(here + 1)].into_iter().flatten();
            for value in steps.filter_map(|at| values.get(at)) {
                let mut other = tile.clone();
                other.insert((*key).into(), *value);
                if (self.sound)(&other) {
                    found.push(other);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(a: u32, b: u32) -> Tile {
        BTreeMap::from([("a".into(), a), ("b".into(), b)])
    }

    #[test]
    fn a_neighbour_is_one_step_away_in_one_key_and_a_space_holds_only_its_own() {
        let space = Space {
            curated: || vec![tile(2, 8)],
            axes: &[("a", &[1, 2, 4]), ("b", &[8, 16]), ("c", &[1, 2])],
            sound: |tile| tile["a"] != 1,
        };
        assert_eq!(space.neighbours(&tile(2, 8)), [tile(4, 8), tile(2, 16)]);
        assert_eq!(space.neighbours(&tile(3, 16)), [tile(3, 8)]);
        assert!(Space::NONE.neighbours(&tile(2, 8)).is_empty());
        let held = [tile(2, 8), tile(4, 16), tile(1, 8), tile(3, 8)].map(|tile| space.holds(&tile));
        assert_eq!(held, [true, true, false, false]);
        assert!(!space.holds(&Tile::new()) && Space::NONE.holds(&Tile::new()));
    }
}
