package browser

import (
	"cmp"
	"image"
	"image/color"
	"maps"
	"slices"
)

// shade is a colour of a picture, with how many of its pixels have it.
type shade struct {
	rgb   [3]uint8
	count int
}

// paletted returns a picture with at most 256 colours, the same ones for the same picture. Pages have few colours and many shades
// between them at the edges of letters, so nothing is scattered: flat areas stay flat.
func paletted(picture image.Image) *image.Paletted {
	bounds := picture.Bounds()
	counts := map[[3]uint8]int{}
	at := func(x, y int) [3]uint8 {
		c := color.NRGBAModel.Convert(picture.At(x, y)).(color.NRGBA)
		return [3]uint8{c.R, c.G, c.B}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	var shades []shade
	for _, rgb := range slices.SortedFunc(maps.Keys(counts), func(a, b [3]uint8) int { return slices.Compare(a[:], b[:]) }) {
		shades = append(shades, shade{rgb, counts[rgb]})
	}
	out := image.NewPaletted(bounds, nil)
	index := map[[3]uint8]uint8{}
	for i, box := range cut(shades, 256) {
		mean := box.mean()
		out.Palette = append(out.Palette, color.NRGBA{mean[0], mean[1], mean[2], 255})
		for _, s := range box {
			index[s.rgb] = uint8(i)
		}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			out.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	return out
}

// box is shades that become one.
type box []shade

// cut divides shades into at most n boxes, each time that one in two whose shades err the most.
func cut(shades []shade, n int) []box {
	boxes := []box{shades}
	for len(boxes) < n {
		worst, most, axis := -1, 0, 0
		for i, b := range boxes {
			if e, a := b.spread(); e > most {
				worst, most, axis = i, e, a
			}
		}
		if worst < 0 {
			break
		}
		b := boxes[worst]
		slices.SortStableFunc(b, func(x, y shade) int { return cmp.Compare(x.rgb[axis], y.rgb[axis]) })
		middle := b.mean()[axis]
		at, _ := slices.BinarySearchFunc(b, middle, func(s shade, m uint8) int {
			if s.rgb[axis] <= m {
				return -1
			}
			return 1
		})
		at = min(max(at, 1), len(b)-1)
		boxes[worst] = b[:at:at]
		boxes = append(boxes, b[at:])
	}
	return boxes
}

// mean is the colour that the box becomes. The most frequent shade wins where it is most of the box, so that areas keep their
// colour exactly.
func (b box) mean() [3]uint8 {
	var sum [3]int
	all, most := 0, shade{}
	for _, s := range b {
		for i, v := range s.rgb {
			sum[i] += int(v) * s.count
		}
		all += s.count
		if s.count > most.count {
			most = s
		}
	}
	if most.count*2 > all {
		return most.rgb
	}
	return [3]uint8{uint8(sum[0] / all), uint8(sum[1] / all), uint8(sum[2] / all)}
}

// spread returns how far the shades are from their mean, and along which of the three colours the most. A few pixels far away
// count as much as many near by, so shades count by the root of their number.
func (b box) spread() (sum, axis int) {
	if len(b) < 2 {
		return 0, 0
	}
	mean := b.mean()
	var by [3]int
	for _, s := range b {
		for i, v := range s.rgb {
			d := int(v) - int(mean[i])
			by[i] += d * d * root(s.count)
		}
	}
	for i, v := range by {
		sum += v
		if v > by[axis] {
			axis = i
		}
	}
	return sum, axis
}

// root is the whole part of a square root.
func root(n int) int {
	r := 1
	for r*r <= n {
		r++
	}
	return r - 1
}
