//! What makes one demonstration site look unlike another: a name, a mark, a colour, and what it offers.

use crate::language::Language;

/// A small shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Face {
    /// Second-hand books.
    #[default]
    Books,
    /// Tickets for concerts.
    Tickets,
}

/// What a shop says of itself.
pub(crate) struct Offer {
    pub(crate) lead: &'static str,
    pub(crate) shelf: &'static str,
    /// A title and a note each.
    pub(crate) items: [(&'static str, &'static str); 3],
}

impl Face {
    /// What the shop is called, unless its owner calls it something else.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Books => "Marlow Books",
            Self::Tickets => "Kestrel Tickets",
        }
    }

    /// Its mark, as SVG: the icon of its pages, and what the provider shows of it.
    #[must_use]
    pub const fn logo(self) -> &'static str {
        match self {
            Self::Books => include_str!("../assets/books.svg"),
            Self::Tickets => include_str!("../assets/tickets.svg"),
        }
    }

    /// Chooses its colour in the style sheet.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Books => "books",
            Self::Tickets => "tickets",
        }
    }

    pub(crate) const fn offer(self, language: Language) -> &'static Offer {
        match (self, language) {
            (Self::Books, Language::English) => &BOOKS,
            (Self::Books, Language::Chinese) => &BOOKS_IN_CHINESE,
            (Self::Tickets, Language::English) => &TICKETS,
            (Self::Tickets, Language::Chinese) => &TICKETS_IN_CHINESE,
        }
    }
}

const BOOKS: Offer = Offer {
    lead: "Second-hand books, chosen by people who have read them.",
    shelf: "New on the shelf",
    items: [
        ("Harbours of the North", "Travel writing, 1962, good condition"),
        ("A Field Guide to Moss", "Illustrated, with notes in pencil"),
        ("The Clockmaker's Daughters", "A novel, first edition"),
    ],
};

const BOOKS_IN_CHINESE: Offer = Offer {
    lead: "二手好书，由读过的人为您挑选。",
    shelf: "新上架",
    items: [
        ("《北方的港口》", "游记，1962 年版，品相良好"),
        ("《苔藓图鉴》", "彩色插图，带铅笔批注"),
        ("《钟表匠的女儿们》", "长篇小说，初版"),
    ],
};

const TICKETS: Offer = Offer {
    lead: "Small concerts in small rooms, from the people who play them.",
    shelf: "This week",
    items: [
        ("String quartet at the boathouse", "Thursday, 8 p.m., 40 seats"),
        ("An evening of fado", "Friday, 9 p.m., standing room"),
        ("Piano for children", "Sunday, 11 a.m., free for those under 12"),
    ],
};

const TICKETS_IN_CHINESE: Offer = Offer {
    lead: "小场地里的小型音乐会，由演奏者亲自发售门票。",
    shelf: "本周演出",
    items: [
        ("船屋弦乐四重奏", "周四 20:00，共 40 座"),
        ("法多之夜", "周五 21:00，站席"),
        ("儿童钢琴音乐会", "周日 11:00，12 岁以下免费"),
    ],
};
