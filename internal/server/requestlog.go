package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"licet/internal/license"
	"licet/internal/wire"
)

// requestLine is the one line of a request. It says nothing of bodies, keys and query strings; the
// text of an error is in it only where the fault is ours.
type requestLine struct {
	now    time.Time
	level  slog.Level
	method string
	path   string
	took   time.Duration
	x      *wire.Exchange
	code   license.Code   // "" when nothing failed
	reason license.Reason // may be empty
	cut    bool           // the connection was dropped in the middle of the answer
}

// logRequest writes the one line of a request, as soon as it is answered.
func (s *Server) logRequest(x *wire.Exchange, r *http.Request, now time.Time, took time.Duration, cut bool) {
	line := requestLine{now: now.UTC(), method: clip(r.Method, 16), took: took, x: x, cut: cut}
	if failure := x.Failure(); failure != nil {
		line.code, line.reason = license.CodeOf(failure), license.ReasonOf(failure)
	}
	switch line.code {
	case license.Internal:
		line.level = slog.LevelError
	case license.Unavailable:
		line.level = slog.LevelWarn
	}
	handler := s.log.Handler()
	if !handler.Enabled(context.Background(), line.level) {
		return
	}
	line.path = route(x, r)
	if h, ok := handler.(*logHandler); ok && h.json && line.level == slog.LevelInfo && !cut {
		h.lines.add(line.appendJSON)
		return
	}
	_ = handler.Handle(context.Background(), line.record()) // There is nobody to tell.
}

// record is the line for any handler.
func (l *requestLine) record() slog.Record {
	r := slog.NewRecord(l.now, l.level, "request", 0)
	r.AddAttrs(
		slog.String("method", l.method),
		slog.String("path", l.path),
		slog.Int("status", l.x.Status()),
		slog.Int64("bytes", l.x.Bytes()),
		slog.Int64("us", l.took.Microseconds()),
		slog.String("address", l.x.Address.String()),
		slog.String("id", l.x.ID),
		slog.String("door", l.x.Door),
	)
	if l.code != "" {
		r.AddAttrs(slog.String("code", string(l.code)))
	}
	if l.reason != "" {
		r.AddAttrs(slog.String("reason", string(l.reason)))
	}
	if l.level > slog.LevelInfo {
		r.AddAttrs(slog.String("error", l.x.Failure().Error()))
	}
	if l.cut {
		r.AddAttrs(slog.Bool("cut", true))
	}
	if stack := l.x.Stack(); stack != nil {
		r.AddAttrs(slog.String("stack", string(stack)))
	}
	return r
}

// appendJSON appends what slog's JSON handler makes of the record of an ordinary request, in a
// fraction of the time: this is on the path of every request.
func (l *requestLine) appendJSON(b []byte) []byte {
	b = append(b, `{"time":"`...)
	b = l.now.AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","level":"INFO","msg":"request","method":`...)
	b = appendString(b, l.method)
	b = append(b, `,"path":`...)
	b = appendString(b, l.path)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(l.x.Status()), 10)
	b = append(b, `,"bytes":`...)
	b = strconv.AppendInt(b, l.x.Bytes(), 10)
	b = append(b, `,"us":`...)
	b = strconv.AppendInt(b, l.took.Microseconds(), 10)
	b = append(b, `,"address":"`...)
	b = appendAddress(b, l.x)
	b = append(b, `","id":`...)
	b = appendString(b, l.x.ID)
	b = append(b, `,"door":`...)
	b = appendString(b, l.x.Door)
	if l.code != "" {
		b = appendString(append(b, `,"code":`...), string(l.code))
	}
	if l.reason != "" {
		b = appendString(append(b, `,"reason":`...), string(l.reason))
	}
	return append(b, "}\n"...)
}

func appendAddress(b []byte, x *wire.Exchange) []byte {
	if !x.Address.IsValid() {
		return append(b, x.Address.String()...)
	}
	return x.Address.AppendTo(b)
}

// appendString appends s as a JSON string: as it is where it is plain ASCII, which is the rule.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // A string always encodes.
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// route is what the log says of the path: the pattern that matched, in which what a client put
// into a {wildcard} does not show.
func route(x *wire.Exchange, r *http.Request) string {
	if x.Route != "" {
		return x.Route
	}
	_, path, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		path = r.Pattern
	}
	if path == "" || path == "/" {
		return strangePath(r.URL.Path)
	}
	return path
}

// longestPath is how much of a path that no door knows is logged.
const longestPath = 80

// strangePath is the log's form of a path that no door knows: its first two segments, since a key
// sent to a wrong address is a key all the same.
func strangePath(path string) string {
	slashes := 0
	for i := range len(path) {
		if path[i] != '/' {
			continue
		}
		if slashes++; slashes == 3 {
			return clip(path[:i], longestPath) + "/…"
		}
	}
	return clip(path, longestPath)
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
