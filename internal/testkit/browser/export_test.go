package browser

import "time"

// Hurry lets the steps of a page fail after a second.
func Hurry(p *Page) { p.patience = time.Second }

// Paletted is paletted.
var Paletted = paletted
