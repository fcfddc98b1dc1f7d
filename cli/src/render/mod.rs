//! `lastmile render`: the configuration of a proxy that enforces the documents.

use crate::args::Format;
use crate::args::Proxy;
use crate::args::Render;
use crate::args::RenderEnvoy;
use crate::args::Validator;
use crate::clock;
use crate::documents;
use crate::failure::Failure;
use crate::output;
use crate::output::Status;
use crate::output::warn;

use backends::Backends;
use plan::Plan;
use plan::To;
use routes::Routes;
use told::Told;

mod backends;
mod envoy;
mod listeners;
mod parameters;
mod plan;
mod routes;
mod taken;
mod told;
mod tree;

pub(crate) fn run(arguments: &Render) -> Status {
    let Proxy::Envoy(arguments) = &arguments.proxy;
    render(arguments).unwrap_or_else(|failure| output::fail(&failure, Format::Text))
}

fn render(arguments: &RenderEnvoy) -> Result<Status, Failure> {
    if arguments.module.is_some() && arguments.validator == Validator::Native {
        return Err(Failure::of_use("usage", "--module: --validator native needs none"));
    }
    let now = clock::time(arguments.time.as_deref())?;
    let read = documents::read(&arguments.files)?;
    // Any of them may be a policy, or a route that takes its requests from a wider one.
    if !read.faults.is_empty() {
        output::complain_of_all(read.faults.iter().map(ToString::to_string));
        return Ok(Status::NoVerdict);
    }
    let (system, warnings) = documents::system(&read.documents)?;
    warn(&warnings);
    let resolver = read.documents.resolver(&system, now).fallback_keys(arguments.fallback_keys);
    let mut told = Told::default();
    let mut backends = Backends::new(&read.documents, resolver.build(), arguments);
    let routes = match Routes::of(&read.documents, &mut told) {
        Ok(routes) => routes,
        Err(faults) => {
            told.say(&read.documents);
            output::complain_of_all(faults.into_iter());
            return Ok(Status::NoVerdict);
        }
    };
    let hosts = routes.hosts(&mut backends, &mut told);
    let hosts = match hosts.and_then(|hosts| backends.check_size().map(|()| hosts)) {
        Ok(hosts) => hosts,
        Err(fault) => {
            told.say(&read.documents);
            output::complain_of(&fault);
            return Ok(Status::NoVerdict);
        }
    };
    backends.check_use_of_resolve()?;
    backends.tell_of_policies(&hosts, &mut told);
    let clusters = backends.into_clusters(&hosts);
    let plan = Plan { hosts, clusters };
    told.say(&read.documents);
    let text = envoy::configuration(&plan, arguments)?;
    let mut targets = plan.hosts.iter().flat_map(|host| &host.routes);
    let status = match targets.any(|route| matches!(*route.to, To::Clusters(_))) {
        true => Status::Success,
        false => Status::Refused,
    };
    Ok(output::print_text(text.trim_end(), status))
}
