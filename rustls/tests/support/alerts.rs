//! The table of `src/alerts.md`, as it is printed in the documentation.

const ALERTS: &str = include_str!("../../src/alerts.md");
const CODES: &str = include_str!("../../../core/src/codes.md");

/// What the table says of one code.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) code: &'static str,
    /// The variants of `CertificateError` that the second column names.
    pub(crate) variants: Vec<&'static str>,
    /// What the peer is told.
    pub(crate) rustls: u8,
    /// What OpenSSL would tell: the same, or the numbers of the last column.
    pub(crate) openssl: Vec<u8>,
}

/// Every row, in the order of the table.
pub(crate) fn rows() -> Vec<Row> {
    ALERTS.lines().skip(2).map(Row::read).collect()
}

/// Every code that the engine has.
pub(crate) fn codes() -> Vec<&'static str> {
    CODES
        .lines()
        .map(|line| line.split('`').nth(1).expect("each line begins with a code"))
        .collect()
}

impl Row {
    fn read(line: &'static str) -> Self {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [code, variants, rustls, openssl] = cells[..] else {
            panic!("not four cells: {line}");
        };
        let rustls = numbers(rustls)[0];
        let openssl = if openssl == "the same" { vec![rustls] } else { numbers(openssl) };
        let variants = variants.split('`').skip(1).step_by(2).collect();
        Self { code: code.trim_matches('`'), variants, rustls, openssl }
    }
}

fn numbers(text: &str) -> Vec<u8> {
    text.split([' ', ',']).filter_map(|word| word.parse().ok()).collect()
}
