package server

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"licet/internal/license"
)

// Log is a logger that costs a request next to nothing: lines are gathered in memory and written
// together, at most 100 ms later, at once after a line of level Error, and by Close. A process
// that is killed may lose its last 100 ms of lines.
type Log struct {
	*slog.Logger
	lines *lineBuffer
}

// NewLog makes a Log that writes to out. It refuses a level or a form it does not know.
func NewLog(out io.Writer, cfg LogConfig) (*Log, error) {
	cfg = Config{Log: cfg}.withDefaults().Log
	level, err := parseLevel(cfg.Level)
	if err != nil {
		return nil, err
	}
	lines := newLineBuffer(out)
	options := &slog.HandlerOptions{Level: level}
	var inner slog.Handler
	switch cfg.Format {
	case "json":
		inner = slog.NewJSONHandler(lines, options)
	case "text":
		inner = slog.NewTextHandler(lines, options)
	default:
		return nil, license.Invalidf("log.format", "%q is not known; write json or text", cfg.Format)
	}
	return &Log{Logger: slog.New(&logHandler{inner, lines, cfg.Format == "json"}), lines: lines}, nil
}

// Close writes what is left. Lines that come later are written at once.
func (l *Log) Close() { l.lines.close() }

func parseLevel(text string) (slog.Level, error) {
	switch text {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, license.Invalidf("log.level", "%q is not known; write debug, info, warn or error", text)
}

// logHandler is the handler of a Log: its times are UTC, and it writes the gathered lines out as
// soon as one of them is an error.
type logHandler struct {
	slog.Handler
	lines *lineBuffer
	// json says that lines are JSON and nothing was added by With, so that a request line may be
	// written without going through slog.
	json bool
}

// Handle gathers the line, and writes all of them when it is an error.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	r.Time = r.Time.UTC()
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelError {
		h.lines.flush()
	}
	return err
}

// WithAttrs keeps the flushing.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{Handler: h.Handler.WithAttrs(attrs), lines: h.lines}
}

// WithGroup keeps the flushing.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{Handler: h.Handler.WithGroup(name), lines: h.lines}
}

const (
	flushEvery = 100 * time.Millisecond
	flushAt    = 32 << 10 // bytes; more is written without waiting
)

// lineBuffer gathers lines and writes them together. Two locks: whoever adds a line does not wait
// for a slow disk unless the buffer is full.
type lineBuffer struct {
	outMu sync.Mutex // guards out and spare; taken before mu
	out   io.Writer
	spare []byte

	mu     sync.Mutex // guards all below
	buf    []byte
	armed  bool
	closed bool
	timer  *time.Timer
}

func newLineBuffer(out io.Writer) *lineBuffer { return &lineBuffer{out: out} }

// Write adds a line. It never fails: there is nobody to tell that the log cannot be written.
func (b *lineBuffer) Write(line []byte) (int, error) {
	b.add(func(buf []byte) []byte { return append(buf, line...) })
	return len(line), nil
}

// add lets line append a line, with its end, to the buffer.
func (b *lineBuffer) add(line func([]byte) []byte) {
	b.mu.Lock()
	b.buf = line(b.buf)
	now := b.closed || len(b.buf) >= flushAt
	if !now && !b.armed {
		b.arm()
	}
	b.mu.Unlock()
	if now {
		b.flush()
	}
}

// arm makes sure the lines are written in time. The caller holds mu.
func (b *lineBuffer) arm() {
	b.armed = true
	if b.timer == nil {
		b.timer = time.AfterFunc(flushEvery, b.flush)
		return
	}
	b.timer.Reset(flushEvery)
}

func (b *lineBuffer) flush() {
	b.outMu.Lock()
	defer b.outMu.Unlock()
	b.mu.Lock()
	full := b.buf
	b.buf, b.spare, b.armed = b.spare[:0], nil, false
	b.mu.Unlock()
	if len(full) > 0 {
		_, _ = b.out.Write(full) // As in Write.
	}
	b.spare = full
}

func (b *lineBuffer) close() {
	b.mu.Lock()
	b.closed = true
	if b.timer != nil {
		b.timer.Stop()
	}
	b.mu.Unlock()
	b.flush()
}
