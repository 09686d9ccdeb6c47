package notify

import (
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"io"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode"
	"unicode/utf8"

	"licet/internal/license"
	"licet/internal/store"
)

// Words are what templates merge: {{.Product}}, {{.License}} and so on. What a kind of mail does not tell of is empty.
type Words struct {
	Product  string // name of the product
	License  string // the license key
	Code     string // reset code, or License Key of an administrator
	OldEmail string
	NewEmail string
	Link     string // where end users look after their licenses, "" where there is no such place; of a mail to a user of the platform, what it is for

	company, by, role string // of mails to users of the platform: no words for templates of vendors
}

// Rendered is a mail as it is read.
type Rendered struct {
	Subject string
	Text    string
	HTML    string
	Remark  string // what is wrong with the template, so that the built-in one was taken; "" is nothing
}

// The bounds of a template.
const (
	maxSubject  = 200       // characters
	maxTemplate = 64 * 1024 // bytes of the text, and of the HTML
)

// merged lists the words that templates merge.
func merged() []string { return []string{"Product", "License", "Code", "OldEmail", "NewEmail", "Link"} }

// Sample returns made-up words, to look at a template with.
func Sample(link string) Words {
	if link == "" {
		link = "https://portal.example.com/"
	}
	return Words{
		Product: "Example & Co", License: "ABCD-EFGH-JKMN-PQRS", Code: "7KQ2MX9RTB",
		OldEmail: "old@example.com", NewEmail: "new@example.com", Link: link,
	}
}

// CheckTemplate refuses as Invalid a template that cannot be used; the field is subject, text or html, and the message names the line. A
// template is text with words to merge, such as {{.Product}}, and {{if .Link}} … {{else}} … {{end}} around what is only there with a word.
func CheckTemplate(t *store.MailTemplate) error {
	switch {
	case t.Subject == "" || utf8.RuneCountInString(t.Subject) > maxSubject || strings.ContainsFunc(t.Subject, unicode.IsControl):
		return license.Invalidf("subject", "a subject is one line of 1 to %d characters", maxSubject)
	case strings.TrimSpace(t.Text) == "" || len(t.Text) > maxTemplate:
		return license.Invalidf("text", "the plain text has 1 to %d bytes", maxTemplate)
	case len(t.HTML) > maxTemplate:
		return license.Invalidf("html", "the HTML has at most %d bytes", maxTemplate)
	}
	for _, part := range []struct{ field, text string }{{"subject", t.Subject}, {"text", t.Text}, {"html", t.HTML}} {
		if !utf8.ValidString(part.text) || strings.ContainsRune(part.text, 0) {
			return license.Invalidf(part.field, "it is not valid UTF-8 without NUL")
		}
	}
	if _, err := render(t, Sample("")); err != nil {
		return err
	}
	return checkCode(t)
}

// checkCode refuses a template that keeps the one thing for itself that its mail is for.
func checkCode(t *store.MailTemplate) error {
	if !hasCode(t.Kind) {
		return nil
	}
	for _, part := range []struct{ field, text string }{{"text", t.Text}, {"html", t.HTML}} {
		if part.text != "" && !strings.Contains(part.text, ".Code") {
			return license.Invalidf(part.field, "this mail must tell the code: write {{.Code}}")
		}
	}
	return nil
}

// hasCode reports whether mails of a kind bring a code.
func hasCode(kind store.MailKind) bool {
	return slices.Contains([]store.MailKind{store.MailResetCode, store.MailAdminResetCode, store.MailSetupKey}, kind)
}

// Render writes a mail of a kind. Own are the vendor's templates for it, the one that counts first; without one, and where that is broken,
// the built-in one is taken. Mails to users of the platform have the built-in one alone.
func Render(own []store.MailTemplate, kind store.MailKind, w Words) Rendered {
	if kind.ToUsers() {
		return toUser(kind, &w)
	}
	remark := ""
	if len(own) > 0 {
		r, err := render(&own[0], w)
		if err == nil {
			return r
		}
		remark = "the template is broken, the built-in one was taken: " + err.Error()
	}
	builtIn := BuiltIn(kind)
	r, err := render(&builtIn, w)
	if err != nil {
		panic(err) // A test renders each of them.
	}
	r.Remark = remark
	return r
}

func render(t *store.MailTemplate, w Words) (Rendered, error) {
	var r Rendered
	var err error
	if r.Subject, err = merge("subject", t.Subject, w); err != nil {
		return r, err
	}
	r.Subject = oneLine(r.Subject)
	if r.Text, err = merge("text", t.Text, w); err != nil {
		return r, err
	}
	if t.HTML == "" {
		r.HTML = htmlOf(r.Text)
		return r, nil
	}
	r.HTML, err = mergeHTML("html", t.HTML, w)
	return r, err
}

func merge(field, text string, w Words) (string, error) {
	t, err := template.New(field).Parse(text)
	if err != nil {
		return "", faulty(field, err)
	}
	for _, one := range t.Templates() {
		if err := plain(field, one.Name(), one.Tree); err != nil {
			return "", err
		}
	}
	return execute(field, t, w)
}

func mergeHTML(field, text string, w Words) (string, error) {
	t, err := htmltemplate.New(field).Parse(text)
	if err != nil {
		return "", faulty(field, err)
	}
	for _, one := range t.Templates() {
		if err := plain(field, one.Name(), one.Tree); err != nil {
			return "", err
		}
	}
	return execute(field, t, w)
}

func execute(field string, t interface{ Execute(io.Writer, any) error }, w Words) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, w); err != nil {
		return "", faulty(field, err)
	}
	return b.String(), nil
}

// faulty is an error of the template packages as a refusal, which names the line.
func faulty(field string, err error) error {
	text := strings.TrimPrefix(err.Error(), "html/")
	text = strings.TrimPrefix(strings.TrimPrefix(text, "template: "), "template:")
	if rest, ok := strings.CutPrefix(text, field+":"); ok {
		text = "line " + rest
	}
	return license.Invalidf(field, "%s", text)
}

// plain refuses what is more than merging words: a template is data of a vendor, and must neither loop nor call.
func plain(field, name string, tree *parse.Tree) error {
	if name != field {
		return license.Invalidf(field, "a template cannot define another one")
	}
	if tree == nil || tree.Root == nil {
		return nil
	}
	return plainList(field, tree, tree.Root)
}

func plainList(field string, tree *parse.Tree, list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		if err := plainNode(field, tree, node); err != nil {
			return err
		}
	}
	return nil
}

var errWord = errors.New("write a word such as {{.Product}}, or {{if .Link}} … {{else}} … {{end}}")

func plainNode(field string, tree *parse.Tree, node parse.Node) error {
	var err error
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		err = plainPipe(n.Pipe)
	case *parse.IfNode:
		if err = plainPipe(n.Pipe); err == nil {
			if err := plainList(field, tree, n.List); err != nil {
				return err
			}
			return plainList(field, tree, n.ElseList)
		}
	default:
		err = errWord
	}
	if err == nil {
		return nil
	}
	at, _ := tree.ErrorContext(node)
	return faulty(field, fmt.Errorf("template: %s: %w", at, err))
}

// plainPipe refuses everything but a word.
func plainPipe(p *parse.PipeNode) error {
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return errWord
	}
	f, ok := p.Cmds[0].Args[0].(*parse.FieldNode)
	switch {
	case !ok || len(f.Ident) != 1:
		return errWord
	case !slices.Contains(merged(), f.Ident[0]):
		return fmt.Errorf("there is no word {{.%s}}; the words are .%s", f.Ident[0], strings.Join(merged(), ", ."))
	}
	return nil
}

// oneLine keeps a text within one line, whatever was merged into it.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)), " ")
}

// htmlOf makes a plain text into HTML that looks like it.
func htmlOf(text string) string {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n")
	text = strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.Trim(paragraph, "\n"); paragraph != "" {
			b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(paragraph), "\n", "<br>\n") + "</p>\n")
		}
	}
	b.WriteString("</body>\n</html>\n")
	return b.String()
}
