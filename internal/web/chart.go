package web

import (
	"math"
	"strconv"
	"strings"
)

// Chart is numbers over something, usually days: drawn as SVG, and given as a table to those who do not see it.
type Chart struct {
	Title  string // what it shows, said to screen readers
	Of     string // what the labels are: Day
	Labels []string
	Series []Series // at most 4
	Lines  bool     // lines with areas below them, instead of bars side by side
}

// Series is one row of numbers of a chart, as many as there are labels.
type Series struct {
	Name   string
	Tone   Tone // its colour
	Values []int64
}

// The canvas of charts, in its own units; browsers scale it.
const (
	chartWide, chartHigh  = 480, 200
	chartStart, chartFoot = 36, 22 // room for the numbers of the axis, and for the labels
	chartTop              = 10
)

// ceiling returns the top of the axis, a round number no smaller than any value, and the number of steps to it.
func (c *Chart) ceiling() (top int64, steps int64) {
	var most int64 = 1
	for i := range c.Labels {
		for _, s := range c.Series {
			most = max(most, s.at(i))
		}
	}
	for scale := int64(1); ; scale *= 10 {
		for _, n := range []int64{1, 2, 4, 5, 10} {
			if top = n * scale; top >= most {
				return top, min(n, 5)
			}
		}
	}
}

func (s Series) at(i int) int64 {
	if i < len(s.Values) {
		return s.Values[i]
	}
	return 0
}

// x returns the place of a label, in the middle of its share of the width.
func (c *Chart) x(i int) float64 { return chartStart + (float64(i)+0.5)*c.step() }

func (c *Chart) step() float64 { return float64(chartWide-chartStart) / float64(max(len(c.Labels), 1)) }

// y returns the height of a value.
func (c *Chart) y(v, top int64) float64 {
	return chartTop + float64(chartHigh-chartTop-chartFoot)*(1-float64(v)/float64(top))
}

// bar is a rectangle of a drawing.
type bar struct{ x, y, width, height, class string }

// bars stand side by side, those of one label together.
func (c *Chart) bars() (out []bar) {
	top, _ := c.ceiling()
	width := math.Min(c.step()*0.8/float64(max(len(c.Series), 1)), 16)
	for i := range c.Labels {
		start := c.x(i) - width*float64(len(c.Series))/2
		for n, s := range c.Series {
			if v := s.at(i); v > 0 {
				high := c.y(v, top)
				out = append(out, bar{place(start + float64(n)*width), place(high), place(width * 0.92), place(c.y(0, top) - high), "fill-" + s.class()})
			}
		}
	}
	return out
}

// line returns the path of a series, and closed over the axis where it is an area.
func (c *Chart) line(s Series, area bool) string {
	top, _ := c.ceiling()
	var b strings.Builder
	for i := range c.Labels {
		b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0])
		b.WriteString(place(c.x(i)) + " " + place(c.y(s.at(i), top)))
	}
	if area && len(c.Labels) > 0 {
		floor := place(c.y(0, top))
		b.WriteString("L" + place(c.x(len(c.Labels)-1)) + " " + floor + "L" + place(c.x(0)) + " " + floor + "Z")
	}
	return b.String()
}

func (s Series) class() string {
	if s.Tone == Quiet {
		return "quiet"
	}
	return string(s.Tone)
}

// tick is a line of the axis.
type tick struct{ y, text string }

func (c *Chart) ticks() (out []tick) {
	top, steps := c.ceiling()
	for i := int64(0); i <= steps; i++ {
		v := top * i / steps
		out = append(out, tick{place(c.y(v, top)), short(v)})
	}
	return out
}

// marks are the labels that are written: so many that none meets the next.
func (c *Chart) marks() (out []bar) {
	every := max(1, (len(c.Labels)+5)/6)
	for i := 0; i < len(c.Labels); i += every {
		out = append(out, bar{x: place(c.x(i)), y: place(chartHigh - 6), class: c.Labels[i]})
	}
	return out
}

// total adds a series up.
func (s Series) total() (n int64) {
	for _, v := range s.Values {
		n += v
	}
	return n
}

// place writes a coordinate to a tenth.
func place(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// short writes a number of an axis: 1.5k, 2M.
func short(n int64) string {
	switch {
	case n >= 1_000_000:
		return decimal(float64(n)/1_000_000) + "M"
	case n >= 1_000:
		return decimal(float64(n)/1_000) + "k"
	}
	return strconv.FormatInt(n, 10)
}

// Share is one part of a whole.
type Share struct {
	Name  string
	Value int64
	Tone  Tone
	URL   string // where its things are listed; "" is nowhere
}

// portions places shares side by side on a bar 100 wide.
func portions(shares []Share) (out []bar) {
	var sum, before int64
	for _, s := range shares {
		sum += s.Value
	}
	for _, s := range shares {
		if s.Value > 0 {
			out = append(out, bar{x: place(100 * float64(before) / float64(sum)), width: place(100 * float64(s.Value) / float64(sum)), class: "fill-" + Series{Tone: s.Tone}.class()})
			before += s.Value
		}
	}
	return out
}

// longest returns the largest value of shares, at least 1.
func longest(shares []Share) int64 {
	var most int64 = 1
	for _, s := range shares {
		most = max(most, s.Value)
	}
	return most
}

// ofLongest is a value in percent of the largest.
func ofLongest(v, most int64) string { return place(100 * float64(v) / float64(most)) }
