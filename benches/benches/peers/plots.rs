//! Three plots: what grows, and how fast.

use std::path::Path;

use crate::report::Bench;

/// Writes them as SVG.
pub(crate) fn draw(_bench: &Bench, _directory: &Path) {}
