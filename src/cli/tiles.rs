//! Where the winners of searches are kept between runs, for the commands that use them.

use crate::files;
use crate::tune::{Cache, Tuner, Tuning};

use super::target::Target;

/// A tuner for a device. Winners are kept on disk, but for templates under work, and for the scripted
/// device unless a folder was named for it. The second is what the user should know of them.
pub fn tuner(tuning: Tuning, target: &Target, custom_shaders: bool) -> (Tuner, Option<String>) {
    let scripted = matches!(target, Target::Simulated(_)) && !files::cache_is_named();
    let folder = files::cache_folder().filter(|_| !custom_shaders && !scripted);
    let Some(folder) = folder else {
        return (Tuner::new(tuning, Cache::in_memory()), None);
    };
    let (cache, word) = Cache::open(&folder.join("tiles.json"));
    (Tuner::new(tuning, cache), word)
}
