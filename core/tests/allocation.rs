//! The accept path allocates nothing for up to 8 intermediates and 32 constraining subtrees.
//!
//! Signatures are a stub's: what a provider allocates is not the engine's.

use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::cell::Cell;
use std::time::Duration;

use lastmile::ExpectedNames;
use lastmile::TrustAnchors;
use lastmile::UnixTime;
use lastmile::Verifier;
use lastmile_testdata::authority::Authority;
use lastmile_testdata::certificate::CertificateBuilder;
use lastmile_testdata::directory_name::DirectoryName;
use lastmile_testdata::extension::NameConstraints;
use lastmile_testdata::general_name;
use lastmile_testdata::keys;
use lastmile_testdata::stub::CARELESS;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counting the calls of each thread.
struct Counting;

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A leaf below so many intermediates, the first of which has so many permitted subtrees.
fn chain(intermediates: usize, subtrees: usize) -> (Vec<u8>, Vec<Vec<u8>>, Vec<u8>) {
    let root = Authority::root("Root", &keys::P256_A);
    let mut authorities = vec![];
    for level in 0..intermediates {
        let issuer = authorities.last().unwrap_or(&root);
        let name = format!("Intermediate {level}");
        authorities.push(issuer.subordinate(DirectoryName::cn(&name), &keys::P256_B, |builder| {
            match level {
                0 if subtrees > 0 => builder.extension(constraints(subtrees)),
                _ => builder,
            }
        }));
    }
    let issuer = authorities.last().unwrap_or(&root);
    let leaf = issuer.issue(CertificateBuilder::leaf("backend.example.com"));
    let presented = authorities.iter().map(|authority| authority.certificate.clone()).collect();
    (leaf, presented, root.certificate)
}

fn constraints(subtrees: usize) -> lastmile_testdata::extension::Extension {
    let permitted = NameConstraints::new().permitted(general_name::dns("example.com"));
    (1..subtrees)
        .fold(permitted, |all, number| {
            all.excluded(general_name::dns(format!("x{number}.example.org")))
        })
        .extension()
}

fn allocations(intermediates: usize, subtrees: usize) -> usize {
    let (leaf, presented, root) = chain(intermediates, subtrees);
    let anchors = TrustAnchors::from_der([root]).expect("an anchor");
    let names = ExpectedNames::dns("backend.example.com").expect("a name");
    let verifier = Verifier::builder_for(anchors, names, CARELESS).build();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000));
    let before = ALLOCATIONS.with(Cell::get);
    let verdict = verifier.verify(&leaf, &presented, now).map(|verified| verified.path().len());
    let after = ALLOCATIONS.with(Cell::get);
    assert_eq!(verdict.map_err(|rejection| rejection.to_string()), Ok(intermediates + 2));
    after - before
}

#[test]
fn usual_chains_are_accepted_without_allocating() {
    for intermediates in 0..=8 {
        assert_eq!(allocations(intermediates, 0), 0, "{intermediates} intermediates");
    }
    for subtrees in [1, 8, 32] {
        assert_eq!(allocations(2, subtrees), 0, "{subtrees} subtrees");
    }
}

/// To remember a chain allocates; to be asked about it again does not.
#[test]
fn a_chain_that_is_remembered_is_accepted_without_allocating() {
    let (leaf, presented, root) = chain(8, 32);
    let anchors = TrustAnchors::from_der([root]).expect("an anchor");
    let names = ExpectedNames::dns("backend.example.com").expect("a name");
    let builder = Verifier::builder_for(anchors, names, CARELESS);
    let verifier = builder.memory(lastmile::MemorySize::default()).build();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_272_000));
    let count = || {
        let before = ALLOCATIONS.with(Cell::get);
        assert!(verifier.verify(&leaf, &presented, now).is_ok());
        ALLOCATIONS.with(Cell::get) - before
    };
    assert!(count() > 0, "it is put into the memory");
    // The first look of a thread makes what arc-swap keeps for it.
    count();
    assert_eq!(count(), 0);
    assert_eq!(verifier.memory().map(|memory| memory.hits), Some(2));
}

#[test]
fn the_counter_counts() {
    // Beyond 32 subtrees there is scratch: one allocation that grows a few times.
    let found = allocations(2, 33);
    assert!((1..=8).contains(&found), "{found} allocations");
}
