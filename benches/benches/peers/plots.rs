//! Three plots: what grows, and how fast.

use std::fs;
use std::path::Path;

use lastmile::Limits;
use lastmile::algorithms::RING;
use lastmile_benches::compare::least;
use lastmile_benches::engines::libcrypto::Store;
use lastmile_benches::engines::ours::Ours;
use lastmile_benches::engines::webpki::Webpki;
use lastmile_testdata::bench_shapes;
use lastmile_testdata::hostile::Chain;
use plotters::prelude::*;

use crate::report::Bench;

/// One engine's name, and what it takes for each size.
struct Line {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// What is drawn.
struct Plot {
    file: &'static str,
    title: &'static str,
    size: &'static str,
    sizes: &'static [usize],
    chain: fn(usize) -> Chain,
    /// Up to which size everyone says the same. Beyond it the peers refuse what lastmile accepts.
    comparable: usize,
}

const PLOTS: [Plot; 3] = [
    Plot {
        file: "anchors.svg",
        title: "A chain accepted, among so many anchors",
        size: "anchors",
        sizes: &[1, 10, 100, 1_000, 10_000],
        chain: bench_shapes::among,
        comparable: 10_000,
    },
    Plot {
        file: "hostile.svg",
        title: "A mesh of CAs refused that leads to no anchor",
        size: "certificates presented",
        sizes: &[6, 12, 24, 48, 99, 210],
        chain: bench_shapes::mesh,
        comparable: 210,
    },
    Plot {
        file: "constraints.svg",
        title: "So many names accepted, under as many permitted and excluded",
        size: "names, permitted subtrees, and excluded subtrees",
        sizes: &[10, 30, 100, 300, 1_000],
        chain: bench_shapes::constrained,
        comparable: 300,
    },
];

/// Writes them as SVG.
pub(crate) fn draw(bench: &Bench, directory: &Path) {
    fs::create_dir_all(directory).expect("a directory");
    for plot in &PLOTS {
        let file = directory.join(plot.file);
        plot.draw(&plot.measure(bench), &file);
        println!("peers: drew {}", file.display());
    }
}

impl Plot {
    fn measure(&self, bench: &Bench) -> Vec<Line> {
        let libraries = bench.libraries.iter().map(|(name, _)| *name);
        let names = ["lastmile", "webpki-ring"].into_iter().chain(libraries);
        let mut lines: Vec<_> = names.map(|name| Line { name, points: Vec::new() }).collect();
        let mut limits = Limits::default();
        limits.presented = 256;
        for size in self.sizes {
            let chain = (self.chain)(*size);
            let mut push = |line: usize, verify: &dyn Fn() -> bool| {
                let verdict = verify();
                let time = least(bench.pace, || verify() == verdict);
                lines[line].points.push((*size as f64, time / 1e3));
            };
            let ours = Ours::limited(&chain, RING, limits);
            push(0, &|| ours.verify());
            if *size > self.comparable {
                continue;
            }
            let webpki = Webpki::new(&chain, RING);
            push(1, &|| webpki.verify());
            for (at, (_, library)) in bench.libraries.iter().enumerate() {
                let store = Store::new(library, &chain);
                push(at + 2, &|| store.verify());
            }
        }
        lines
    }

    fn draw(&self, lines: &[Line], file: &Path) {
        let area = SVGBackend::new(file, (760, 460)).into_drawing_area();
        area.fill(&WHITE).expect("drawn");
        let points = || lines.iter().flat_map(|line| &line.points);
        let (least, most) = points()
            .fold((f64::MAX, 0.0), |(least, most), (_, y)| (y.min(least), f64::max(*y, most)));
        let (first, last) = (self.sizes[0] as f64, self.sizes[self.sizes.len() - 1] as f64);
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(
                (first..last * 1.1).log_scale(),
                (least / 2.0..most * 2.0).log_scale(),
            )
            .expect("drawn");
        chart
            .configure_mesh()
            .x_desc(self.size)
            .y_desc("microseconds")
            .x_label_formatter(&|size| format!("{size:.0}"))
            .y_label_formatter(&|time| format!("{time:.0}"))
            .light_line_style(WHITE)
            .draw()
            .expect("drawn");
        for (line, color) in lines.iter().zip([RED, BLUE, BLACK, MAGENTA]) {
            chart
                .draw_series(LineSeries::new(line.points.iter().copied(), color.stroke_width(2)))
                .expect("drawn")
                .label(line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color));
            let dots = line.points.iter().map(|point| Circle::new(*point, 3, color.filled()));
            chart.draw_series(dots).expect("drawn");
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .border_style(BLACK)
            .draw()
            .expect("drawn");
        area.present().expect("written");
    }
}
