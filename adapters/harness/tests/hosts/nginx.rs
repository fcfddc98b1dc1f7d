//! Through nginx, with a location for each chain.

use std::fs;
use std::path::Path;
use std::time::Duration;

use lastmile_harness::Backend;
use lastmile_harness::get;
use lastmile_harness::nginx_releases;
use lastmile_harness::own_address;
use lastmile_harness::refusal_code;
use lastmile_testdata::case;
use lastmile_testdata::case::Case;

use crate::Answers;
use crate::Found;
use crate::bad_input::Host;
use crate::bad_input::assert_others_go_on;
use crate::bad_input::good_chain;
use crate::chains::chains;

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn every_chain_through_nginx() {
    for nginx in nginx_releases("every chain through nginx") {
        println!("{}", nginx.program.display());
        let chains: Vec<&'static _> = chains().iter().filter(|chain| chain.is_stanza).collect();
        let backend = Backend::start(&chains[0].case.chain, chains[0].key);
        let directory = nginx.directory("chains");
        let mut answers = Answers::new("nginx", include_str!("refused_by_openssl.txt"))
            .good(include_str!("written_anew_by_openssl.txt"));
        for version in ["TLSv1.2", "TLSv1.3"] {
            let address = own_address();
            let locations: String = chains
                .iter()
                .map(|chain| {
                    let name = chain.case.name;
                    let policy = policy(&directory, &chain.case);
                    let backend = backend.address;
                    format!(
                        "location /{version}/{name} {{ {policy} proxy_pass https://{backend}; }}\n"
                    )
                })
                .collect();
            let server = format!(
                "server {{ listen {address}; proxy_ssl_protocols {version};\n{locations}}}"
            );
            nginx.configure(&directory, &server);
            let running = nginx.start(&directory, address);
            for chain in &chains {
                backend.present(&chain.case.chain, chain.key);
                let name = chain.case.name;
                let path = format!("/{version}/{name}");
                let response =
                    get(address, "test", &path).unwrap_or_else(|error| panic!("{path}: {error}"));
                let alert = backend.take_one(PATIENCE).expect("a connection").alert();
                let is_answered = response.status == 200;
                let line = running.access_log_of(&path);
                let code = refusal_code(&line).map(str::to_owned);
                assert_eq!(is_answered, line.ends_with("[accepted]"), "{line}");
                let log = Some(line.replace(' ', "_"));
                answers.add(chain, &Found { code, log, is_answered, alert });
            }
        }
        answers.finish(900, 24);
    }
}

#[test]
fn bad_input_does_not_delay_others_in_nginx() {
    for nginx in nginx_releases("bad input through nginx") {
        println!("{}", nginx.program.display());
        let good = good_chain();
        let [backend, hostile] = [(); 2].map(|()| Backend::start(&good.case.chain, good.key));
        let directory = nginx.directory("bad-input");
        let address = own_address();
        let policy = policy(&directory, &good.case);
        let (to_good, to_hostile) = (backend.address, hostile.address);
        nginx.configure(
            &directory,
            &format!(
                "server {{ listen {address}; {policy}\n\
                 location /good {{ proxy_pass https://{to_good}; }}\n\
                 location /hostile {{ proxy_pass https://{to_hostile}; }} }}"
            ),
        );
        let _running = nginx.start(&directory, address);
        let path = |path: &str| ("test".to_owned(), path.to_owned());
        let host = Host { listen: address, good: path("/good"), hostile: path("/hostile") };
        assert_others_go_on("nginx", &host, &hostile);
    }
}

/// The directives of a case, whose bundle is written to a file.
fn policy(directory: &Path, case: &Case) -> String {
    let file = format!("{}.pem", case.name);
    fs::write(directory.join(&file), case::certificates(&case.anchors)).expect("a file is written");
    let hostname = case.hostname;
    let sans = match case.sans.as_slice() {
        [] => String::new(),
        sans => format!("lastmile_san '{}';", sans.join("' '")),
    };
    format!("lastmile_ca {file}; lastmile_hostname {hostname}; {sans}")
}
