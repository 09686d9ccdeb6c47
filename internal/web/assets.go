package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that browsers keep: its name holds the digest of what is in it.
type asset struct {
	name, kind  string
	body, small []byte // small is compressed; nil where that gains nothing
}

// assets are the files that pages name, by what they are for. They are put together at the first use: the style sheet and the
// script from the sources in assets/ in the order of their names, the icons from their table.
var assets = sync.OnceValue(func() map[string]asset {
	return map[string]asset{
		"css":   newAsset("licet", "css", "text/css; charset=utf-8", joined("css")),
		"js":    newAsset("licet", "js", "text/javascript; charset=utf-8", joined("js")),
		"mark":  newAsset("mark", "svg", "image/svg+xml", joined("svg")),
		"icons": newAsset("icons", "svg", "image/svg+xml", sprite()),
	}
})

// joined puts the sources of a kind together.
func joined(kind string) []byte {
	names, err := fs.Glob(assetFiles, "assets/*."+kind)
	if err != nil || len(names) == 0 {
		panic("web: no assets for " + kind) // They are embedded: the program was built wrong.
	}
	slices.Sort(names)
	var body bytes.Buffer
	for _, name := range names {
		part, err := assetFiles.ReadFile(name)
		if err != nil {
			panic("web: " + err.Error())
		}
		body.Write(part)
		body.WriteByte('\n')
	}
	return body.Bytes()
}

// sprite is one file with all icons, each a symbol by its name.
func sprite() []byte {
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	all := icons()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="%s"/></symbol>`, name, all[name])
	}
	b.WriteString(`</svg>`)
	return b.Bytes()
}

func newAsset(stem, key, kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	a := asset{name: stem + "-" + hex.EncodeToString(sum[:6]) + "." + key, kind: kind, body: body}
	var small bytes.Buffer
	w, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil && w.Close() == nil && small.Len() < len(body) {
		a.small = small.Bytes()
	}
	return a
}

// AssetPath is where [ServeAsset] is mounted: below the path of the pages, which pages begin their addresses with.
const AssetPath = "/assets/"

// Base is the path below which the pages and their files lie.
const Base = "/platform"

// assetURL returns the address of a file.
func assetURL(key string) string { return Base + AssetPath + assets()[key].name }

// iconURL returns the address of an icon.
func iconURL(name string) string { return assetURL("icons") + "#" + name }

// ServeAsset answers with a file that pages name, for ever the same under its name; it reports false, and answers nothing, for other names.
func ServeAsset(w http.ResponseWriter, r *http.Request) bool {
	name := path.Base(r.URL.Path)
	var a asset
	for _, one := range assets() {
		if one.name == name {
			a = one
		}
	}
	if a.name == "" {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if a.small != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = a.small
	}
	_, _ = w.Write(body) // Who went away needs no file.
	return true
}
