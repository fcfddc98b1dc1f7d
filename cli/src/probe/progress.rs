//! What a terminal shows while there is nothing to print. Elsewhere nothing is shown.

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

/// A sign of life.
pub(crate) fn waiting_for(name: &str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(format!("waiting for {name}"));
    spinner.tick();
    spinner
}

/// How many of the targets have answered.
pub(crate) fn bar(targets: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(targets).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}");
    let bar = bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.tick();
    bar
}
