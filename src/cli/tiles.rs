//! Where the winners of searches are kept between runs, for the commands that use them.

use crate::files;
use crate::tune::{Cache, Tuner, Tuning};

use super::target::Target;
use super::terminal;

/// A tuner for a device. Winners are kept on disk, but for templates under work, and for the scripted
/// device unless a folder was named for it.
pub fn tuner(tuning: Tuning, target: &Target, custom_shaders: bool) -> Tuner {
    let scripted = matches!(target, Target::Simulated(_)) && !files::cache_is_named();
    let folder = files::cache_folder().filter(|_| !custom_shaders && !scripted);
    let Some(folder) = folder else {
        return Tuner::new(tuning, Cache::in_memory());
    };
    let (cache, word) = Cache::open(&folder.join("tiles.json"));
    if let Some(word) = word {
        terminal::message(&format!("warning: {word}"));
    }
    Tuner::new(tuning, cache)
}
