// Package web is what Licet's pages are made of: the frame around a page, its parts, forms, charts, texts, and the style
// sheet and script that go with them. It knows no use case; [licet/internal/web/platform] holds the pages of vendors.
//
// # How a page is made
//
// A page is HTML from the server (templ components, generated into *_templ.go by `make format`), one style sheet and one
// small script. Everything but what is live works without the script: lists are filtered by GET forms, changes are POST
// forms that answer with a redirect, dialogs are popovers. There is no inline script and no inline style, which
// [SetPolicy] forbids to browsers.
//
// # Words and directions
//
// Every text of ours goes through [T], which looks it up in the language of the [View]; texts of others are shown as they
// are, isolated in their own direction where they stand within ours. The style sheet knows starts and ends, not left and
// right, so that a language written from right to left needs nothing but its texts.
//
// # Times
//
// Times are written in UTC by [Time]; the script adds the local time as a tooltip.
package web
