//! Why a target gave no verdict: a code, and one sentence.

use crate::failure::Failure;

/// Without the target, which is said beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoVerdict {
    code: &'static str,
    pub(crate) text: String,
}

impl NoVerdict {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(crate) fn timed_out(text: impl Into<String>) -> Self {
        Self::new("timed-out", text)
    }

    /// Why each of several ways came to nothing, with the code of the first.
    pub(crate) fn all(several: Vec<Self>) -> Option<Self> {
        let code = several.first()?.code;
        let texts: Vec<String> = several.into_iter().map(|one| one.text).collect();
        Some(Self { code, text: texts.join("; ") })
    }

    pub(crate) fn of(self, name: &str) -> Failure {
        Failure::of_use(self.code, format!("{name}: {}", self.text))
    }
}
