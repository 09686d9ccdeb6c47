package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"licet/internal/identity"
	"licet/internal/license"
	"licet/internal/office"
	"licet/internal/store"
	"licet/internal/testkit"
	"licet/internal/wire"
	"licet/internal/wire/api"
	"licet/internal/wire/api/apitest"
	"licet/internal/wire/wiretest"
)

// shelf is a small API: books, which are products with little about them.
type book struct {
	Code  string        `json:"code" example:"b1"`
	Title string        `json:"title" example:"A book"`
	Pages license.Limit `json:"pages"`
	Since license.Time  `json:"since"`
}

type newBook struct {
	Body struct {
		Code  string         `json:"code" minLength:"1" maxLength:"20" example:"b1"`
		Title string         `json:"title" maxLength:"50" example:"A book"`
		Kind  string         `json:"kind,omitempty" enum:"paper,file"`
		Pages *license.Limit `json:"pages,omitempty"`
		Tags  []string       `json:"tags,omitempty" maxItems:"3" nullable:"false"`
		Parts []part         `json:"parts,omitempty" nullable:"false"`
	}
}

type part struct {
	Name string            `json:"name" example:"One"`
	Free map[string]string `json:"free,omitempty"`
}

type ofBook struct {
	Book string `path:"book" example:"b1"`
}

type changeBook struct {
	ofBook
	Body struct {
		Title api.Change[string]     `json:"title,omitzero" required:"false" maxLength:"50" example:"A book"`
		Meta  api.Change[api.Object] `json:"meta,omitzero" required:"false"`
	}
}

type listBooks struct {
	api.Paged
	Since license.Time `query:"since"`
	Paper *bool        `query:"paper"`
}

func view(p *office.Product) book {
	return book{Code: p.Code, Title: p.Name, Since: p.Created, Pages: license.Unlimited}
}

func addBooks(a *api.API, _ *wiretest.World) {
	op := func(id, method, path string, needs identity.Permission) api.Operation {
		return api.Operation{ID: id, Surface: wire.ManageSurface, Method: method, Path: path, Tag: "Books", Summary: id, Needs: needs,
			DryRun: method != http.MethodGet, Tagged: id != "listBooks"}
	}
	api.Add(a, op("listBooks", http.MethodGet, "/books", identity.ReadProducts), func(ctx context.Context, c *api.Call, in *listBooks) (api.List[book], error) {
		page, err := in.Page()
		if err != nil {
			return api.List[book]{}, err
		}
		found, err := c.Office.ListProducts(ctx, c.Actor, false, page)
		return api.ListOf(in.Paged, found, view, func(p *office.Product) string { return api.ID(p.ID) }), err
	})
	create := op("createBook", http.MethodPost, "/books", identity.WriteProducts)
	create.Status = http.StatusCreated
	api.Add(a, create, func(ctx context.Context, c *api.Call, in *newBook) (book, error) {
		p, err := c.Office.CreateProduct(ctx, c.Actor, office.NewProduct{Code: in.Body.Code, Name: in.Body.Title})
		if err != nil {
			return book{}, err
		}
		c.Created("/books/" + p.Code)
		return view(&p), nil
	})
	api.Add(a, op("showBook", http.MethodGet, "/books/{book}", identity.ReadProducts), func(ctx context.Context, c *api.Call, in *ofBook) (book, error) {
		p, err := c.Office.FindProduct(ctx, c.Actor, in.Book)
		return view(&p), err
	})
	api.Add(a, op("changeBook", http.MethodPatch, "/books/{book}", identity.WriteProducts), func(ctx context.Context, c *api.Call, in *changeBook) (book, error) {
		p, err := c.Office.ChangeProduct(ctx, c.Actor, in.Book, office.ProductChange{Name: in.Body.Title.Ptr(),
			If: func(p office.Product) error { return c.Match(view(&p)) }})
		return view(&p), err
	})
	api.Add(a, op("archiveBook", http.MethodDelete, "/books/{book}", identity.WriteProducts), func(ctx context.Context, c *api.Call, in *ofBook) (api.None, error) {
		yes := true
		_, err := c.Office.ChangeProduct(ctx, c.Actor, in.Book, office.ProductChange{Archived: &yes})
		return api.None{}, err
	})
}

func forEachShelf(t *testing.T, test func(*testing.T, *apitest.Site)) {
	testkit.ForEachDB(t, func(t *testing.T, open func(testing.TB) *store.Store) { test(t, apitest.New(t, open(t), addBooks)) })
}

func TestRequests(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, testkit.OpenSQLite(t), addBooks)
	s.Post(t, "/v1/books", map[string]any{"code": "b0", "title": "T"}).Want(201)
	for _, tt := range []struct {
		name, method, path string
		body               any
		status             int
		why                string
	}{
		{"good", "POST", "/v1/books", `{"code":"b1","title":"T","tags":["a"],"pages":null}`, 201, ""},
		{"unknown_member", "POST", "/v1/books", `{"code":"b2","title":"T","titel":"x"}`, 400, "titel"},
		{"missing_member", "POST", "/v1/books", `{"code":"b2"}`, 400, "title"},
		{"wrong_type", "POST", "/v1/books", `{"code":"b2","title":7}`, 400, "title"},
		{"too_long", "POST", "/v1/books", map[string]any{"code": "b2", "title": strings.Repeat("x", 51)}, 400, "title"},
		{"no_such_choice", "POST", "/v1/books", `{"code":"b2","title":"T","kind":"tape"}`, 400, "kind"},
		{"negative_limit", "POST", "/v1/books", `{"code":"b2","title":"T","pages":-1}`, 400, "pages"},
		{"too_many", "POST", "/v1/books", `{"code":"b2","title":"T","tags":["a","b","c","d"]}`, 400, "tags"},
		{"wrong_item", "POST", "/v1/books", `{"code":"b2","title":"T","tags":[1]}`, 400, "tags[0]"},
		{"empty_body", "POST", "/v1/books", "", 400, "body"},
		{"no_json", "POST", "/v1/books", "code=b2", 400, "body"},
		{"not_an_object", "POST", "/v1/books", "[]", 400, "invalid"},
		{"null", "POST", "/v1/books", "null", 400, "invalid"},
		{"two_values", "POST", "/v1/books", `{"code":"b2","title":"T"} {}`, 400, "body"},
		{"member_twice", "POST", "/v1/books", `{"code":"b2","code":"b3","title":"T"}`, 400, "body"},
		{"letter_case", "POST", "/v1/books", `{"code":"b2","title":"T","Title":"x"}`, 400, "Title"},
		{"letter_case_nested", "POST", "/v1/books", `{"code":"b2","title":"T","tags":[],"parts":[{"Name":"x"}]}`, 400, "parts[0].Name"},
		{"no_utf8", "POST", "/v1/books", "{\"code\":\"b2\",\"title\":\"\xff\"}", 400, "body"},
		{"deep", "POST", "/v1/books", strings.Repeat("[", 5000), 400, "body"},
		{"taken", "POST", "/v1/books", `{"code":"b0","title":"T"}`, 409, "conflict"},
		{"huge", "POST", "/v1/books", `{"code":"` + strings.Repeat("x", wire.MaxBody) + `"}`, 413, "invalid"},
		{"unknown_parameter", "GET", "/v1/books?sort=1", nil, 400, "sort"},
		{"parameter_twice", "GET", "/v1/books?limit=1&limit=2", nil, 400, "limit"},
		{"limit_no_number", "GET", "/v1/books?limit=many", nil, 400, "limit"},
		{"limit_too_large", "GET", "/v1/books?limit=1001", nil, 400, "limit"},
		{"bad_cursor", "GET", "/v1/books?cursor=zzz", nil, 400, "cursor"},
		{"bad_time", "GET", "/v1/books?since=yesterday", nil, 400, "since"},
		{"bad_boolean", "GET", "/v1/books?paper=1", nil, 400, "paper"},
		{"good_parameters", "GET", "/v1/books?since=2026-01-01T00:00:00Z&paper=true&limit=5", nil, 200, ""},
		{"no_such_book", "GET", "/v1/books/nope", nil, 404, "product_unknown"},
		{"bad_dry_run", "DELETE", "/v1/books/b0?dry_run=maybe", nil, 400, "dry_run"},
		{"dry_run_twice", "DELETE", "/v1/books/b0?dry_run=false&dry_run=true", nil, 400, "dry_run"},
		{"any_name_in_an_object", "PATCH", "/v1/books/b0", `{"meta":{"Title":1,"title":2}}`, 200, ""},
		{"any_name_in_a_map", "POST", "/v1/books", `{"code":"b3","title":"T","parts":[{"name":"x","free":{"Name":"a","name":"b"}}]}`, 201, ""},
		{"null_for_an_object", "PATCH", "/v1/books/b0", `{"meta":null}`, 200, ""},
		{"no_object", "PATCH", "/v1/books/b0", `{"meta":"x"}`, 400, "meta"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, apitest.Call{Method: tt.method, Path: tt.path, Body: tt.body, Wild: true})
			if tt.why == "" {
				a.Want(tt.status)
				return
			}
			a.Refused(tt.status, tt.why)
			if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type = %q, want application/problem+json", got)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, testkit.OpenSQLite(t), addBooks)
	reader := s.NewToken(t, identity.NewScopes(identity.ReadProducts))
	for _, tt := range []struct {
		name, token, method string
		status              int
		why                 string
	}{
		{"none", "-", "GET", 401, "credentials_wrong"},
		{"no_token", "hello", "GET", 401, "credentials_wrong"},
		{"unknown", "licet_key_" + strings.Repeat("a", 58), "GET", 401, "credentials_wrong"},
		{"reader_reads", reader, "GET", 200, ""},
		{"reader_writes", reader, "POST", 403, "permission_missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.Do(t, apitest.Call{Method: tt.method, Path: "/v1/books", Token: tt.token, Body: map[string]any{"code": "x", "title": "T"}, Wild: true})
			if tt.why == "" {
				a.Want(tt.status)
				return
			}
			a.Refused(tt.status, tt.why)
			if tt.status == 403 && !strings.Contains(a.Text("detail"), "products:write") {
				t.Errorf("detail = %q, want the scope named", a.Text("detail"))
			}
		})
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	forEachShelf(t, func(t *testing.T, s *apitest.Site) {
		s.Post(t, "/v1/books", map[string]any{"code": "b1", "title": "One"}).Want(201)
		tag := s.Get(t, "/v1/books/b1").Want(200).Header.Get("Etag")
		if tag == "" {
			t.Fatal("no ETag")
		}
		patch := func(title, match string) apitest.Answer {
			return s.Do(t, apitest.Call{Method: "PATCH", Path: "/v1/books/b1", Body: map[string]any{"title": title}, Header: map[string]string{"If-Match": match}})
		}
		patch("Two", `"other"`).Refused(412, "conflict")
		after := patch("Two", `"other", `+tag).Want(200).Header.Get("Etag")
		patch("Three", tag).Refused(412, "conflict")
		if now := s.Get(t, "/v1/books/b1"); now.Text("title") != "Two" || now.Header.Get("Etag") != after {
			t.Errorf("the book is %s %s, want Two %s", now.Raw, now.Header.Get("Etag"), after)
		}
		s.Do(t, apitest.Call{Method: "GET", Path: "/v1/books/b1", Header: map[string]string{"If-None-Match": after}, Wild: true}).Want(304)
		patch("Three", "*").Want(200)
	})
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	forEachShelf(t, func(t *testing.T, s *apitest.Site) {
		a := s.Post(t, "/v1/books?dry_run=true", map[string]any{"code": "b1", "title": "One"}).Want(201)
		if a.Header.Get("Licet-Dry-Run") != "true" || a.Text("title") != "One" {
			t.Errorf("dry run = %s %v, want the book and the header", a.Raw, a.Header)
		}
		s.Get(t, "/v1/books/b1").Want(404)
		s.Post(t, "/v1/books", map[string]any{"code": "b1", "title": "One"}).Want(201)
		s.Delete(t, "/v1/books/b1?dry_run=true").Want(204)
		s.Post(t, "/v1/books?dry_run=true", map[string]any{"code": "b1", "title": "One"}).Refused(409, "conflict")
		if n := s.Get(t, "/v1/books").Len("data"); n != 1 {
			t.Errorf("%d books, want 1", n)
		}
	})
}

func TestLists(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, testkit.OpenSQLite(t), addBooks)
	for _, code := range []string{"aa", "bb", "cc"} {
		s.Post(t, "/v1/books", map[string]any{"code": code, "title": code}).Want(201)
	}
	var got []string
	path := "/v1/books?limit=2"
	for path != "" {
		a := s.Get(t, path).Want(200)
		for i := range a.Len("data") {
			got = append(got, a.Text(fmt.Sprintf("data.%d.code", i)))
		}
		link, found := strings.CutSuffix(a.Header.Get("Link"), `>; rel="next"`)
		if path = strings.TrimPrefix(link, "<"); found == (a.Text("next") == "") {
			t.Fatalf("Link %q beside next %q", a.Header.Get("Link"), a.Text("next"))
		}
	}
	if strings.Join(got, "") != "ccbbaa" {
		t.Errorf("the pages hold %v, want c b a", got)
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	forEachShelf(t, func(t *testing.T, s *apitest.Site) {
		post := func(key, body string) apitest.Answer {
			return s.Do(t, apitest.Call{Method: "POST", Path: "/v1/books", Body: body, Header: map[string]string{"Idempotency-Key": key}, Wild: true})
		}
		const one = `{"code":"b1","title":"One"}`
		first := post("k1", one).Want(201)
		again := post("k1", one).Want(201)
		if string(again.Raw) != string(first.Raw) || again.Header.Get("Idempotent-Replayed") != "true" || again.Header.Get("Location") != "/v1/books/b1" {
			t.Errorf("again = %s %v, want the first answer", again.Raw, again.Header)
		}
		post("k1", `{"code":"b2","title":"Two"}`).Refused(409, "conflict")
		post("k2", `{"code":"b1","title":"One"}`).Refused(409, "conflict")
		post("k2", `{"code":"b2","title":"Two"}`).Want(201) // What was refused may be tried anew.
		other := s.NewToken(t, identity.AllScopes())
		s.Do(t, apitest.Call{Method: "POST", Path: "/v1/books", Body: one, Token: other, Header: map[string]string{"Idempotency-Key": "k1"}}).Refused(409, "conflict")

		// A dry run keeps nothing, not even its name.
		for _, query := range []string{"?dry_run=true", "", "?dry_run=true"} {
			a := s.Do(t, apitest.Call{Method: "POST", Path: "/v1/books" + query, Body: `{"code":"b4","title":"Four"}`, Header: map[string]string{"Idempotency-Key": "dry"}, Wild: true})
			if want := map[int]bool{201: true, 409: query != ""}; !want[a.Status] || a.Header.Get("Idempotent-Replayed") != "" {
				t.Errorf("POST %q = %d %s, want it carried out", query, a.Status, a.Raw)
			}
		}

		var wait sync.WaitGroup
		var made, told sync.Map
		for i := range 16 {
			wait.Go(func() {
				a := post("race", `{"code":"rr","title":"R"}`)
				if a.Status == 201 && a.Header.Get("Idempotent-Replayed") == "" {
					made.Store(i, true)
				}
				if a.Status != 201 && a.Status != 409 {
					told.Store(i, a.Status)
				}
			})
		}
		wait.Wait()
		n := 0
		made.Range(func(any, any) bool { n++; return true })
		told.Range(func(_, status any) bool { t.Errorf("status %v, want 201 or 409", status); return true })
		if n != 1 {
			t.Errorf("%d of 16 made the book, want 1", n)
		}
	})
}
