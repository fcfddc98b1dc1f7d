//! Instructions of one call, counted by callgrind and held against a committed table.
//!
//! Each call is counted in a process of its own: this program again, with `--count NAME`. Without
//! valgrind nothing is counted, and it says so. `-- --bless` or `BLESS=1` writes the table anew,
//! `-- --test` only asserts the verdicts.

use std::env;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

/// A benchmark whose every case has a row in a table.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// How it is called on the command line.
    pub bench: &'static str,
    /// The file of the table.
    pub table: &'static str,
    /// What heads the columns before the instructions.
    pub columns: &'static [&'static str],
    /// Whether the table has a last column of times.
    pub has_times: bool,
}

/// One row.
pub struct Case {
    /// What it is called: the first cell.
    pub name: &'static str,
    /// The cells between its name and its instructions.
    pub cells: Vec<String>,
    /// What the call must answer.
    pub verdict: &'static str,
    /// Makes what is not counted, and returns what is.
    pub prepare: Box<dyn Fn() -> Call>,
}

/// Returns the code of a refusal, or `accepted`.
pub type Call = Box<dyn Fn() -> &'static str>;

impl Counted {
    /// What the program does, as its arguments say.
    pub fn run(&self, cases: &[Case]) -> ExitCode {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let has = |argument: &str| arguments.iter().any(|one| one == argument);
        if let Some(at) = arguments.iter().position(|one| one == COUNT) {
            let case = cases.iter().find(|case| case.name == arguments[at + 1]);
            let call = (case.expect("a name of the table").prepare)();
            black_box(counted(&call));
            return ExitCode::SUCCESS;
        }
        let bench = self.bench;
        for Case { name, verdict, prepare, .. } in cases {
            assert_eq!(counted(&prepare()), *verdict, "{bench}: {name}");
        }
        if has("--test") {
            println!("{bench}: {} verdicts are as expected", cases.len());
            return ExitCode::SUCCESS;
        }
        let measured: Vec<Measured<'_>> = cases.iter().map(Measured::new).collect();
        if has("--bless") || env::var_os("BLESS").is_some() {
            return self.bless(&measured);
        }
        self.compare(&measured)
    }

    fn compare(&self, measured: &[Measured<'_>]) -> ExitCode {
        let bench = self.bench;
        let table = fs::read_to_string(self.table).expect("the table");
        let beyond = measured.iter().filter(|one| !self.fits(one, &table)).count();
        if measured.iter().all(|one| one.instructions.is_none()) {
            println!(
                "{bench}: no valgrind here: instructions were NOT counted, nothing was compared"
            );
        }
        let maker = table.lines().find_map(|line| line.strip_prefix("Made with "));
        let maker = maker.unwrap_or("nothing").trim_end_matches('.');
        let compiler = compiler();
        if maker != compiler {
            println!(
                "{bench}: made with {maker}, and this is {compiler}: what exceeds is NOT a failure"
            );
            return ExitCode::SUCCESS;
        }
        if beyond == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    /// Says what was measured, and whether it is within what the table has.
    fn fits(&self, measured: &Measured<'_>, table: &str) -> bool {
        let Self { bench, .. } = self;
        let Measured { case: Case { name, .. }, instructions, time } = measured;
        let Some(now) = *instructions else {
            println!("{bench}: {name} time={time:?}");
            return true;
        };
        let Some(before) = self.figure(table, name) else {
            println!("{bench}: {name} instructions={now} time={time:?} NOT IN THE TABLE");
            return false;
        };
        let fits = now <= before + before * MOST_PER_CENT_MORE / 100;
        let more = (now as f64 / before as f64 - 1.0) * 100.0;
        let verdict = if fits { "" } else { " MORE THAN THE TABLE ALLOWS" };
        println!(
            "{bench}: {name} instructions={now} table={before} ({more:+.2} %) time={time:?}{verdict}"
        );
        fits
    }

    /// The instructions that the table has for a case.
    fn figure(&self, table: &str, name: &str) -> Option<u64> {
        let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |")))?;
        // The first is empty.
        let cell = row.split('|').nth(self.columns.len() + 1)?;
        cell.trim().replace(',', "").parse().ok()
    }

    fn bless(&self, measured: &[Measured<'_>]) -> ExitCode {
        let Self { bench, columns, .. } = self;
        let times = if self.has_times { (" time |", "--:|") } else { ("", "") };
        let mut table = format!(
            "| {} | instructions |{}\n|{}--:|{}\n",
            columns.join(" | "),
            times.0,
            "---|".repeat(columns.len()),
            times.1
        );
        for Measured { case, instructions, time } in measured {
            let Some(instructions) = instructions else {
                println!("{bench}: valgrind does not run here, so there is no table to write");
                return ExitCode::FAILURE;
            };
            let (cells, instructions) = (case.cells.join(" | "), grouped(*instructions));
            write!(table, "| `{}` | {cells} | {instructions} |", case.name)
                .expect("a string takes everything");
            if self.has_times {
                write!(table, " {} |", milliseconds(*time)).expect("a string takes everything");
            }
            table.push('\n');
        }
        writeln!(table, "\nMade with {}.", compiler()).expect("a string takes everything");
        fs::write(self.table, table).expect("the table is written");
        println!("{bench}: {} is written", Path::new(self.table).display());
        ExitCode::SUCCESS
    }
}

/// What one case costs.
struct Measured<'a> {
    case: &'a Case,
    /// None without valgrind.
    instructions: Option<u64>,
    time: Duration,
}

impl<'a> Measured<'a> {
    fn new(case: &'a Case) -> Self {
        let call = (case.prepare)();
        let mut times = [Duration::ZERO; 21].map(|_| {
            let start = Instant::now();
            black_box(counted(&call));
            start.elapsed()
        });
        times.sort_unstable();
        Self { case, instructions: count(case.name), time: times[times.len() / 2] }
    }
}

/// From here to where it returns: what callgrind counts, by the name of this function.
#[inline(never)]
fn counted(call: &Call) -> &'static str {
    black_box(call())
}

/// The instructions of one call, by this program under callgrind.
fn count(name: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*callgrind*counted*")
        .arg(env::current_exe().expect("this program"))
        .args([COUNT, name])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "valgrind failed: {text}");
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    let collected = collected.and_then(|(_, collected)| collected.trim().parse().ok());
    let counted = collected.filter(|collected| *collected > 0);
    Some(counted.unwrap_or_else(|| panic!("valgrind counted nothing: {text}")))
}

/// `rustc 1.95.0 (59807616e 2026-04-14)`.
fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    version.unwrap_or_else(|_| "an unknown compiler".to_owned())
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    String::from_utf8(groups.join(&b',')).expect("digits")
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

const COUNT: &str = "--count";

const MOST_PER_CENT_MORE: u64 = 2;
