package canonjson

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestLikeNode compares Canonicalize with JSON.stringify(JSON.parse(x)) in Node itself. The texts are
// new in every run; one that fails is shown whole, so that it can become a case of a table.
func TestLikeNode(t *testing.T) {
	t.Parallel()
	if os.Getenv("LICET_TEST_NODE") == "off" {
		t.Skip("LICET_TEST_NODE is off")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("Node.js is not installed: run scripts/node, or install node 18 or newer; LICET_TEST_NODE=off leaves this test out")
	}

	g := generator{choose: rand.IntN}
	texts := []string{"", vectorV2, "\ufeff1", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)}
	for range 6000 {
		text := g.text()
		texts = append(texts, text, g.spoil(text))
	}
	for range 6000 {
		texts = append(texts, g.number(), g.string())
	}

	var input bytes.Buffer
	for _, text := range texts {
		input.WriteString(base64.StdEncoding.EncodeToString([]byte(text)) + "\n")
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), node, "testdata/reprint.mjs")
	cmd.Stdin, cmd.Stderr = &input, &stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("node testdata/reprint.mjs: %v\n%s", err, stderr.Bytes())
	}
	lines := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(lines) != len(texts) {
		t.Fatalf("node printed %d lines for %d texts", len(lines), len(texts))
	}

	refused := 0
	for i, text := range texts {
		got, err := Canonicalize([]byte(text))
		if lines[i] == "-" {
			refused++
			if err == nil {
				t.Errorf("Canonicalize(%q) = %q, want it refused as by node", text, got)
			}
			continue
		}
		want, decodeErr := base64.StdEncoding.DecodeString(lines[i])
		if decodeErr != nil {
			t.Fatal(decodeErr)
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("Canonicalize(%q) = %q, %v, want %q as node prints it", text, got, err, want)
		}
	}
	t.Logf("%d texts, of which node refused %d", len(texts), refused)
}
