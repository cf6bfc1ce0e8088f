//! The rows of `suanli tune` as a table.

use crate::tune::Stage;

use super::super::terminal;
use super::{Line, Row, Summary, rate, typed};

/// What `suanli tune` prints: a line a kernel and bucket, then every wrong tile.
pub(super) fn table(rows: &[Row], verified: bool) -> String {
    let heading: &[&str] = if verified {
        &["kernel", "right", "wrong", "refused"]
    } else {
        &[
            "kernel",
            "bucket",
            "searched at",
            "rate",
            "over default",
            "tried",
            "wrong",
            "apart",
            "tile",
        ]
    };
    let mut lines = vec![heading.iter().map(|word| (*word).into()).collect()];
    lines.extend(rows.iter().filter(|row| row.is_searched()).map(cells));
    let mut text = terminal::columns(&lines);
    for row in rows {
        for line in &row.tried {
            if let Some(why) = &line.wrong {
                let tile = typed(&line.tile);
                text += &format!("wrong: {} {tile}: {why}\n", row.kernel);
            }
        }
    }
    text
}

fn cells(row: &Row) -> Vec<String> {
    let kernel = row.kernel.to_owned();
    match &row.outcome {
        Summary::Checked {
            right,
            wrong,
            refused,
        } => {
            let counts = [right, wrong, refused].map(usize::to_string);
            [vec![kernel], counts.into()].concat()
        }
        Summary::Nothing { why } | Summary::Unsupported { reason: why } => {
            let wrong = row.tried.iter().filter(|line| line.wrong.is_some()).count();
            let counts = [
                String::new(),
                row.tried.len().to_string(),
                wrong.to_string(),
            ];
            let head = [kernel, row.bucket.into(), String::new(), "none".into()];
            let tail = [String::new(), format!("({why})")];
            [&head[..], &counts, &tail].concat()
        }
        Summary::Found {
            tile,
            size,
            figure,
            over_default,
            choice,
        } => {
            let count = |wanted: fn(&&Line) -> bool| row.tried.iter().filter(wanted).count();
            let tried = count(|line| line.stage != Stage::Final);
            let wrong = count(|line| line.wrong.is_some());
            let over = over_default.map(|times| format!("{times:.2}×"));
            let apart = choice.apart.map(|apart| format!("{:.1} %", apart * 100.0));
            vec![
                kernel,
                row.bucket.into(),
                size.clone(),
                figure.as_ref().map(rate).unwrap_or_default(),
                over.unwrap_or_default(),
                tried.to_string(),
                wrong.to_string(),
                apart.unwrap_or_default(),
                typed(tile),
            ]
        }
    }
}
