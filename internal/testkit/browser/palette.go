package browser

import (
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"maps"
	"math"
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
	flat := image.NewRGBA(picture.Bounds()) // as fast as can be to look at; pictures of pages are opaque
	draw.Draw(flat, flat.Rect, picture, flat.Rect.Min, draw.Src)
	at := func(i int) [3]uint8 { return [3]uint8(flat.Pix[i : i+3]) }
	counts := map[[3]uint8]int{}
	for i := 0; i < len(flat.Pix); {
		run := i
		for i += 4; i < len(flat.Pix) && at(i) == at(run); i += 4 {
		}
		counts[at(run)] += (i - run) / 4
	}
	var shades []shade
	for _, rgb := range slices.SortedFunc(maps.Keys(counts), func(a, b [3]uint8) int { return slices.Compare(a[:], b[:]) }) {
		shades = append(shades, shade{rgb, counts[rgb]})
	}
	out := image.NewPaletted(flat.Rect, nil)
	index := map[[3]uint8]uint8{}
	for i, box := range cut(shades, 256) {
		mean := box.mean()
		out.Palette = append(out.Palette, color.NRGBA{mean[0], mean[1], mean[2], 255})
		for _, s := range box {
			index[s.rgb] = uint8(i)
		}
	}
	for i := range out.Pix {
		if i > 0 && at(4*i) == at(4*i-4) {
			out.Pix[i] = out.Pix[i-1]
			continue
		}
		out.Pix[i] = index[at(4*i)]
	}
	return out
}

// box is shades that become one.
type box []shade

// cut divides shades into at most n boxes, each time that one in two whose shades err the most.
func cut(shades []shade, n int) []box {
	boxes := []box{shades}
	spreads := []spread{boxes[0].spread()}
	for len(boxes) < n {
		worst := 0
		for i, s := range spreads {
			if s.sum > spreads[worst].sum {
				worst = i
			}
		}
		if spreads[worst].sum == 0 {
			break
		}
		b, axis := boxes[worst], spreads[worst].axis
		slices.SortStableFunc(b, func(x, y shade) int { return cmp.Compare(x.rgb[axis], y.rgb[axis]) })
		middle := b.mean()[axis]
		at := slices.IndexFunc(b, func(s shade) bool { return s.rgb[axis] > middle })
		if at < 0 {
			at = len(b) - 1 // The mean may be the last of them.
		}
		at = max(at, 1)
		boxes[worst], spreads[worst] = b[:at:at], b[:at].spread()
		boxes, spreads = append(boxes, b[at:]), append(spreads, b[at:].spread())
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

// spread is how far the shades of a box are from what it becomes, and along which of the three colours the most.
type spread struct {
	sum  float64
	axis int
}

// spread measures. A few pixels far away count as much as many near by, so shades count by the root of their number.
func (b box) spread() (s spread) {
	if len(b) < 2 {
		return s
	}
	mean := b.mean()
	var by [3]float64
	for _, one := range b {
		for i, v := range one.rgb {
			d := float64(v) - float64(mean[i])
			by[i] += d * d * math.Sqrt(float64(one.count))
		}
	}
	for i, v := range by {
		s.sum += v
		if v > by[s.axis] {
			s.axis = i
		}
	}
	return s
}
