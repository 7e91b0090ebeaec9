//! How far many purchases have come, on stderr: a bar on a terminal, else a line for each.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Bought;
use crate::failure::note;
use crate::output::{Output, on_one_line};

/// Shows how far it has come.
pub struct Progress {
    bar: Option<ProgressBar>,
    count: usize,
}

impl Progress {
    /// Begins. A log or results on the same terminal would tear a bar apart.
    pub fn start(count: usize, verbose: u8, output: Output) -> Self {
        let is_alone = verbose == 0 && (output == Output::Table || !io::stdout().is_terminal());
        let is_for_a_bar = is_alone && io::stderr().is_terminal();
        let bar = is_for_a_bar.then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(count as u64), target);
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.tick();
            bar
        });
        Progress { bar, count }
    }

    /// One more row is done.
    pub fn done(&self, bought: &Bought) {
        let Bought {
            row,
            idempotency_key,
            result,
            ..
        } = bought;
        let more = match (&bought.order, &bought.message) {
            (Some(order), _) => format!(": order {order}"),
            (None, Some(message)) => format!(": {}", on_one_line(message)),
            (None, None) => String::new(),
        };
        match &self.bar {
            None => note(format_args!(
                "{row}/{} {idempotency_key} {result}{more}",
                self.count
            )),
            Some(bar) => {
                if bought.message.is_some() {
                    bar.println(format!("row {row}, {idempotency_key} {result}{more}"));
                }
                bar.set_message(idempotency_key.to_string());
                bar.inc(1);
            }
        }
    }

    /// No more comes.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
