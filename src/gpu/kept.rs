//! Compiled pipelines, kept on disk where the backend can (Vulkan): a warm run compiles nothing.
//!
//! The driver checks that the data are its own and of this version; what it doesn't like, it ignores.

use std::path::{Path, PathBuf};

use crate::files;

/// A pipeline cache and the file it is kept in.
pub(super) struct Kept {
    raw: wgpu::PipelineCache,
    path: PathBuf,
    /// Bytes in the file: it is written again only if there is more to keep.
    bytes: usize,
}

impl Kept {
    /// The cache of this adapter in `folder`; none where the backend has none.
    pub(super) fn open(
        device: &wgpu::Device,
        info: &wgpu::AdapterInfo,
        folder: &Path,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let path = folder.join(wgpu::util::pipeline_cache_key(info)?);
        let data = files::small(&path).ok();
        // SAFETY: the file is written by `save` alone, whole; wgpu checks its header, and a driver its
        // content. Whoever can write to this user's cache folder can run programs as this user.
        let raw = unsafe {
            device.create_pipeline_cache(&wgpu::PipelineCacheDescriptor {
                label: None,
                data: data.as_deref(),
                fallback: true,
            })
        };
        Some(Self {
            raw,
            path,
            bytes: data.map_or(0, |data| data.len()),
        })
    }

    /// What a pipeline is compiled with.
    pub(super) fn raw(&self) -> &wgpu::PipelineCache {
        &self.raw
    }

    /// Writes the file, if pipelines were compiled and it would grow or change. A folder that can't be written
    /// costs the next run its compiling, nothing else.
    pub(super) fn save(&self, compiled: usize) {
        if compiled == 0 {
            return;
        }
        if let Some(data) = self.raw.get_data()
            && data.len() != self.bytes
        {
            let _ = files::replace(&self.path, &data);
        }
    }
}
