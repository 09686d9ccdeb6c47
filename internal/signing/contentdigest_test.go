package signing

import (
	"strings"
	"testing"
)

// TestRFC9530 checks the digests that the RFC (appendix B and D) and RFC 9421 (appendix B.2) print.
func TestRFC9530(t *testing.T) {
	t.Parallel()
	for header, content := range map[string]string{
		"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:":                                                                                                    "{\"hello\": \"world\"}\n",
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:":                                                                                                    `{"hello": "world"}`,
		"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:":                                                        `{"hello": "world"}`,
		"sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:":                                                                                                    "",
		"md5=:AAAA:, sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:;x=1":                                                                                    `{"hello": "world"}`,
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:,sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:": `{"hello": "world"}`,
	} {
		if err := VerifyContentDigest(header, []byte(content)); err != nil {
			t.Errorf("VerifyContentDigest(%s) = %v, want ok", header, err)
		}
		if strings.HasPrefix(header, "sha-256") && !strings.Contains(header, ",") && ContentDigest([]byte(content)) != header {
			t.Errorf("ContentDigest(%q) = %s, want %s", content, ContentDigest([]byte(content)), header)
		}
	}
	for _, header := range []string{
		"", "sha-256", "sha-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=", "md5=:AAAA:", "sha-256=:AAAA:",
		"SHA-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:, sha-512=:AAAA:",
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:, sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
		"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPF=:", // bits behind the last byte
	} {
		if err := VerifyContentDigest(header, []byte(`{"hello": "world"}`)); err != ErrDigest {
			t.Errorf("VerifyContentDigest(%s) = %v, want %v", header, err, ErrDigest)
		}
	}
}

// FuzzContentDigest: only a header that holds a digest of the content is good.
func FuzzContentDigest(f *testing.F) {
	f.Add("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:", []byte(`{"hello": "world"}`))
	f.Add("a=:AA==:;x=1, b=::", []byte(""))
	f.Fuzz(func(t *testing.T, header string, content []byte) {
		if err := VerifyContentDigest(ContentDigest(content), content); err != nil {
			t.Errorf("VerifyContentDigest of the own digest = %v", err)
		}
		if VerifyContentDigest(header, content) == nil && !strings.Contains(header, "sha-512") {
			if _, sum, _ := strings.Cut(ContentDigest(content), "="); !strings.Contains(header, "sha-256="+sum) {
				t.Errorf("VerifyContentDigest(%q) = ok, want it refused", header)
			}
		}
	})
}
