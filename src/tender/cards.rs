//! Which results are of one card, and its sheet.
//!
//! Cards are told apart by what their files prove: another serial number, another id of the GPU, another PCI bus id or
//! host, another name. What proves nothing counts no card twice: six runs of one card with half of them redacted are
//! still one card's.

use serde::Serialize;

use super::{Campaign, File, Proof, Source};
use crate::results::Results;
use crate::sheet::{Row, Sheet};

/// A card that was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// The adapter's name to the letter.
    pub device: String,
    /// PCI bus id; absent where no driver said.
    pub pci_bus_id: Option<String>,
    /// The board's serial number; absent where no sensor said, or redacted.
    pub serial: Option<String>,
    /// The GPU's own id; absent where no sensor said, or redacted.
    pub uuid: Option<String>,
    /// Host name; absent where redacted.
    pub host: Option<String>,
    /// Whether its files prove that it is another card than each of the others.
    pub told_apart: bool,
}

/// A card with its results.
pub(super) struct Measured {
    pub(super) card: Card,
    pub(super) sheet: Sheet,
    results: Vec<Results>,
    /// Which file of the table each of the results is.
    files: Vec<usize>,
    /// The results behind each of the sheet's runs.
    groups: Vec<Vec<usize>>,
}

/// The files, and the cards they are of.
pub(super) fn of(sources: Vec<Source>) -> (Vec<File>, Vec<Measured>) {
    let mut files: Vec<File> = Vec::new();
    let mut results: Vec<(usize, Results)> = Vec::new();
    for (at, source) in sources.into_iter().enumerate() {
        let same = |(known, other): &&(usize, Results)| {
            files[*known].sha256 == source.sha256 || other.is_copy_of(&source.results)
        };
        let copy_of = results.iter().find(same).map(|(known, _)| *known);
        files.push(File {
            name: source.name,
            sha256: source.sha256,
            copy_of,
        });
        if copy_of.is_none() {
            results.push((at, source.results));
        }
    }
    (files, told_apart(results))
}

/// The results by card, in the order of their first file. Those that could be of several cards are one of their own,
/// which is not told apart.
fn told_apart(mut results: Vec<(usize, Results)>) -> Vec<Measured> {
    // Whoever says most of himself first, so that the others are compared with all there are.
    results.sort_by_key(|(at, one)| (silence(one), *at));
    let mut cards: Vec<Vec<(usize, Results)>> = Vec::new();
    let mut open: Vec<(usize, Results)> = Vec::new();
    for (at, one) in results {
        let could =
            |card: &Vec<(usize, Results)>| !card.iter().any(|(_, other)| differ(other, &one));
        let places: Vec<usize> = (0..cards.len())
            .filter(|place| could(&cards[*place]))
            .collect();
        match places[..] {
            [] => cards.push(vec![(at, one)]),
            [place] => cards[place].push((at, one)),
            _ => open.push((at, one)),
        }
    }
    let mut measured: Vec<_> = cards.into_iter().map(|card| (card, true)).collect();
    // Of several names, a bucket each.
    while let Some((_, first)) = open.first() {
        let name = first.device.name.clone();
        let (these, others) = open
            .into_iter()
            .partition(|(_, one)| one.device.name == name);
        measured.push((these, false));
        open = others;
    }
    measured
        .iter_mut()
        .for_each(|(card, _)| card.sort_by_key(|(at, _)| *at));
    measured.sort_by_key(|(card, _)| card.first().map(|(at, _)| *at));
    let made = measured
        .into_iter()
        .map(|(card, apart)| Measured::new(card, apart));
    made.flatten().collect()
}

fn serial(results: &Results) -> Option<&String> {
    results.gpu()?.serial.as_ref()
}

fn uuid(results: &Results) -> Option<&String> {
    results.gpu()?.uuid.as_ref()
}

/// How much of what tells cards apart is missing.
fn silence(results: &Results) -> u8 {
    let missing = [
        serial(results).is_none(),
        uuid(results).is_none(),
        results.device.pci_bus_id.is_none(),
    ];
    missing
        .iter()
        .rev()
        .enumerate()
        .map(|(bit, missing)| u8::from(*missing) << bit)
        .sum()
}

/// Whether two results are proven to be of different cards.
fn differ(one: &Results, other: &Results) -> bool {
    let (a, b) = (&one.device, &other.device);
    if (a.vendor_id, a.device_id) != (b.vendor_id, b.device_id) || a.device_type != b.device_type {
        return true;
    }
    for id in [serial, uuid] {
        if let (Some(one), Some(other)) = (id(one), id(other)) {
            return one != other;
        }
    }
    let hosts = (&one.host.name, &other.host.name);
    let moved = matches!(hosts, (Some(one), Some(other)) if one != other);
    match (&a.pci_bus_id, &b.pci_bus_id) {
        (Some(one), Some(other)) => one != other || moved,
        _ => false,
    }
}

impl Measured {
    fn new(of_card: Vec<(usize, Results)>, told_apart: bool) -> Option<Self> {
        let (files, results): (Vec<usize>, Vec<Results>) = of_card.into_iter().unzip();
        let said = |id: fn(&Results) -> Option<&String>| {
            let first = results.iter().find_map(id);
            first.filter(|_| told_apart).cloned()
        };
        let card = Card {
            device: results.first()?.device.name.clone(),
            pci_bus_id: said(|results| results.device.pci_bus_id.as_ref()),
            serial: said(serial),
            uuid: said(uuid),
            host: said(|results| results.host.name.as_ref()),
            told_apart,
        };
        Some(Self {
            card,
            sheet: Sheet::new(&results, &[]),
            groups: Sheet::groups(&results),
            results,
            files,
        })
    }

    /// The records behind a row of the sheet.
    pub(super) fn proof(&self, row: &Row) -> Vec<Proof> {
        let group = self.groups.get(row.run).into_iter().flatten();
        let found = group.filter_map(|at| {
            let records = &self.results.get(*at)?.records;
            let record = records.iter().position(|record| {
                record.kernel == row.kernel && record.params.asks_same(&row.params)
            });
            Some(Proof {
                file: *self.files.get(*at)?,
                record: record?,
            })
        });
        found.collect()
    }

    /// Its runs by suite, build and settings.
    pub(super) fn campaigns(&self, card: usize) -> Vec<Campaign> {
        let one = |run: &crate::sheet::Run| Campaign {
            card,
            suite: run.suite.clone(),
            tool: run.tool.clone(),
            driver: format!("{} {}", run.backend, run.driver),
            started: run.started.clone(),
            runs: run.files,
            custom_shaders: run.custom_shaders,
        };
        self.sheet.runs.iter().map(one).collect()
    }
}
