package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
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

// The files that pages name. Each is put together at the first use from the sources in assets/, in the order of their names.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	for key, kind := range map[string]string{"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"} {
		names, err := fs.Glob(assetFiles, "assets/*."+key)
		if err != nil || len(names) == 0 {
			panic("web: no assets for " + key) // They are embedded: the program was built wrong.
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
		all[key] = newAsset(key, kind, body.Bytes())
	}
	return all
})

func newAsset(key, kind string, body []byte) asset {
	sum := sha256.Sum256(body)
	a := asset{name: "licet-" + hex.EncodeToString(sum[:6]) + "." + key, kind: kind, body: body}
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

// assetURL returns the address of a kind of file: css, js or svg.
func assetURL(base, key string) string { return base + AssetPath + assets()[key].name }

// ServeAsset answers with a file that pages name, for ever the same under its name; and with NotFound, false, for other names.
func ServeAsset(w http.ResponseWriter, r *http.Request) bool {
	name := path.Base(r.URL.Path)
	a, ok := assets()[strings.TrimPrefix(path.Ext(name), ".")]
	if !ok || a.name != name {
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
