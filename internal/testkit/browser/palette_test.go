package browser_test

import (
	"image"
	"image/color"
	"testing"

	"licet/internal/testkit/browser"
)

func TestPaletted(t *testing.T) {
	t.Parallel()
	const size = 200
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			c := color.NRGBA{250, 250, 252, 255} // a flat area
			if y >= size/2 {
				c = color.NRGBA{uint8(x), uint8(y), uint8(x ^ y), 255} // some 20,000 colours
			}
			picture.SetNRGBA(x, y, c)
		}
	}
	got := browser.Paletted(picture)
	if n := len(got.Palette); n < 200 || n > 256 {
		t.Errorf("the palette has %d colours, want up to 256", n)
	}
	off := 0
	for y := range size {
		for x := range size {
			a, b := picture.NRGBAAt(x, y), color.NRGBAModel.Convert(got.At(x, y)).(color.NRGBA)
			if y < size/2 && a != b {
				t.Fatalf("at %d,%d the flat area is %v, want %v", x, y, b, a)
			}
			for _, d := range []int{int(a.R) - int(b.R), int(a.G) - int(b.G), int(a.B) - int(b.B)} {
				off = max(off, d, -d)
			}
		}
	}
	if off > 64 {
		t.Errorf("a colour is off by %d, want at most 64", off)
	}
}
