//! What the worst inputs cost: the worst chains that were found, each with the time and the instructions that one
//! verification takes, held against the table in `core/src/hostile.md`.
//!
//! The verdict is asserted first. Instructions are counted by callgrind, of one verification in a
//! process of its own; more than the table says, by 2 %, fails. Without valgrind they are not
//! counted, and it says so. `-- --bless` or `BLESS=1` writes the table anew, `-- --test` only
//! asserts the verdicts.

use std::env;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;
use std::time::Duration;
use std::time::Instant;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::hostile;
use lastmile_testdata::hostile::Chain;
use lastmile_testdata::hostile::Hostile;
use lastmile_testdata::stub::STUB;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |argument: &str| arguments.iter().any(|one| one == argument);
    if let Some(at) = arguments.iter().position(|one| one == COUNT) {
        count_one(&arguments[at + 1]);
        return ExitCode::SUCCESS;
    }
    for hostile in &hostile::ALL {
        Prepared::new(hostile).assert_verdict();
    }
    if has("--test") {
        println!("hostile: {} verdicts are as expected", hostile::ALL.len());
        return ExitCode::SUCCESS;
    }
    let measured: Vec<Measured> = hostile::ALL.iter().map(measure).collect();
    if has("--bless") || env::var_os("BLESS").is_some() {
        return bless(&measured);
    }
    compare(&measured)
}

/// An input, and the verifier that is asked about it.
struct Prepared {
    hostile: &'static Hostile,
    chain: Chain,
    verifier: Verifier,
}

impl Prepared {
    fn new(hostile: &'static Hostile) -> Self {
        let chain = (hostile.chain)();
        let anchors = TrustAnchors::from_der(&chain.anchors).expect("anchors");
        let names = ExpectedNames::dns(hostile::HOST).expect("a name");
        let verifier = Verifier::builder_for(anchors, names, STUB).build();
        Self { hostile, chain, verifier }
    }

    /// One verification, from here to where its verdict is dropped: what callgrind counts.
    #[inline(never)]
    fn verify_once(&self) -> &'static str {
        let seconds = u64::try_from(hostile::NOW).expect("after 1970");
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        match black_box(self.verifier.verify(&self.chain.leaf, &self.chain.presented, now)) {
            Ok(_) => "accepted",
            Err(rejection) => rejection.reason().code(),
        }
    }

    fn assert_verdict(&self) {
        assert_eq!(self.verify_once(), self.hostile.verdict, "{}", self.hostile.name);
    }
}

/// What one input costs.
struct Measured {
    hostile: &'static Hostile,
    /// None without valgrind.
    instructions: Option<u64>,
    time: Duration,
}

fn measure(hostile: &'static Hostile) -> Measured {
    let prepared = Prepared::new(hostile);
    let mut times = [Duration::ZERO; 21].map(|_| {
        let start = Instant::now();
        black_box(prepared.verify_once());
        start.elapsed()
    });
    times.sort_unstable();
    Measured { hostile, instructions: count(hostile.name), time: times[times.len() / 2] }
}

/// The instructions of one verification, by this program under callgrind.
fn count(name: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*Prepared*verify_once*")
        .arg(env::current_exe().expect("this program"))
        .args([COUNT, name])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "valgrind failed: {text}");
    let collected = text.lines().find_map(|line| line.split_once("Collected :"));
    let (_, collected) = collected.unwrap_or_else(|| panic!("valgrind counted nothing: {text}"));
    Some(collected.trim().parse().expect("a number"))
}

/// What runs under callgrind.
fn count_one(name: &str) {
    let hostile = hostile::ALL.iter().find(|one| one.name == name).expect("a name of the table");
    black_box(Prepared::new(hostile).verify_once());
}

fn compare(measured: &[Measured]) -> ExitCode {
    let table = fs::read_to_string(TABLE).expect("the table");
    let beyond = measured.iter().filter(|one| !one.fits(&table)).count();
    if measured.iter().all(|one| one.instructions.is_none()) {
        println!("hostile: no valgrind here: instructions were NOT counted, nothing was compared");
    }
    let maker = table.lines().find_map(|line| line.strip_prefix("Made with ")).unwrap_or("nothing");
    let compiler = compiler();
    if maker.trim_end_matches('.') != compiler {
        println!(
            "hostile: made with {maker}, and this is {compiler}: what exceeds is NOT a failure"
        );
        return ExitCode::SUCCESS;
    }
    if beyond == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Measured {
    /// Says what was measured, and whether it is within what the table has.
    fn fits(&self, table: &str) -> bool {
        let Self { hostile: Hostile { name, .. }, instructions, time } = self;
        let Some(now) = *instructions else {
            println!("hostile: {name} time={time:?}");
            return true;
        };
        let Some(before) = figure(table, name) else {
            println!("hostile: {name} instructions={now} time={time:?} NOT IN THE TABLE");
            return false;
        };
        let fits = now <= before + before / 100 * MOST_PER_CENT_MORE;
        let more = (now as f64 / before as f64 - 1.0) * 100.0;
        let verdict = if fits { "" } else { " MORE THAN THE TABLE ALLOWS" };
        println!(
            "hostile: {name} instructions={now} table={before} ({more:+.2} %) time={time:?}{verdict}"
        );
        fits
    }
}

/// The instructions that the table has for an input.
fn figure(table: &str, name: &str) -> Option<u64> {
    let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |")))?;
    let cell = row.split('|').nth(INSTRUCTIONS)?;
    cell.trim().replace(',', "").parse().ok()
}

fn bless(measured: &[Measured]) -> ExitCode {
    let mut table = String::from(
        "| input | what it is | verdict | what ends it | instructions | time |\n\
         |---|---|---|---|--:|--:|\n",
    );
    for Measured { hostile, instructions, time } in measured {
        let Some(instructions) = instructions else {
            println!("hostile: valgrind does not run here, so there is no table to write");
            return ExitCode::FAILURE;
        };
        let Hostile { name, about, verdict, ended_by, .. } = hostile;
        let instructions = grouped(*instructions);
        let time = milliseconds(*time);
        writeln!(
            table,
            "| `{name}` | {about} | `{verdict}` | {ended_by} | {instructions} | {time} |"
        )
        .expect("a string takes everything");
    }
    writeln!(table, "\nMade with {}.", compiler()).expect("a string takes everything");
    fs::write(TABLE, table).expect("the table is written");
    println!("hostile: {} is written", Path::new(TABLE).display());
    ExitCode::SUCCESS
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

/// The column of the instructions, where the first is empty.
const INSTRUCTIONS: usize = 5;

const MOST_PER_CENT_MORE: u64 = 2;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../core/src/hostile.md");
