//! A sheet as a document of grids and words, and each format's own small file that lays any document out.
//!
//! Numbers get the digits that their interval supports, at most four; without an interval, three.
//! Adapter names and reasons come from files and drivers: each format escapes them its own way. A document is made in
//! English, and said in another language as a whole: what stands in results files is English too.

mod audit;
mod book;
mod charts;
mod chips;
pub mod ci;
pub mod csv;
pub mod digits;
pub mod document;
pub mod files;
pub mod gate;
pub mod html;
mod imported;
pub mod json;
mod kinds;
pub mod lang;
pub mod markdown;
pub mod pages;
mod plan;
mod plateaus;
mod power;
mod rows;
mod svg;
pub mod tender;
pub mod text;
pub mod xlsx;

pub use document::Document;
pub use lang::Lang;

#[cfg(test)]
mod tests;
