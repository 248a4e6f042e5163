// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/webtest"
)

type note struct {
	ID   int    `json:"id"`
	Text string `json:"text"`
}

// notes asks an API for what it has.
func notes(c *fetch.Client) *deferred.Deferred[[]note] {
	return fetch.JSON[[]note](c.Get("https://api.example.org/notes", &fetch.Options{Query: url.Values{"page": {"2"}}}))
}

// add tells it of another one. Any status but 201 is an error, with the beginning of what the server says.
func add(c *fetch.Client, token string, n note) *deferred.Deferred[note] {
	return fetch.JSON[note](c.Post("https://api.example.org/notes", &fetch.Options{JSON: n, Bearer: token, Expect: []int{201}}))
}

func Example_json() {
	stub := webtest.NewStub(
		webtest.Answer{Method: "GET", URL: "https://api.example.org/notes?page=2", Body: `[{"id": 7, "text": "hello"}]`},
		webtest.Answer{Method: "POST", URL: "/notes", Status: 403, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "not you"},
	)
	agent, clock := over(stub, client.Config{})
	c, err := fetch.Over(agent, fetch.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(clock, notes(c))
	show(clock, add(c, "secret", note{Text: "bye"}))
	// Output:
	// [{7 hello}]
	// client: POST https://api.example.org/notes: response: status 403 Forbidden: "not you"
}

// login sends a form as a page would.
func login(c *fetch.Client) *deferred.Deferred[*fetch.Response] {
	return c.Post("https://example.org/login", &fetch.Options{Form: url.Values{"user": {"ann"}, "password": {"secret"}}})
}

// attach sends a file with a field. The file is read as it is sent.
func attach(c *fetch.Client, file client.Body) *deferred.Deferred[*fetch.Response] {
	return c.Post("https://example.org/files", &fetch.Options{Parts: []fetch.Part{
		{Name: "title", Body: client.String("Holidays")},
		{Name: "file", FileName: "picture.png", Body: file},
	}})
}

func Example_forms() {
	agent, clock := over(web.Methods{"POST": func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{}), func(f *form.Form) {
			fmt.Fprint(r, f.Values)
			for _, file := range f.Files["file"] {
				fmt.Fprint(r, " ", file.Name, " ", file.Type, " ", file.Size)
			}
		})
	}}, client.Config{})
	c, err := fetch.Over(agent, fetch.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(clock, deferred.ThenD(login(c), (*fetch.Response).Text))
	show(clock, deferred.ThenD(attach(c, client.String("not really")), (*fetch.Response).Text))
	// Output:
	// map[password:[secret] user:[ann]]
	// map[title:[Holidays]] picture.png image/png 10
}

// download makes a file of what is at a URL, and goes on where an earlier attempt was cut off.
func download(c *fetch.Client, url, path string) *deferred.Deferred[int64] {
	return c.Download(url, path, &fetch.Download{Resume: true, MaxSize: 4 << 30})
}

func Example_download() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 100_000)) }))
	defer s.Close()
	dir, remove := temporary()
	defer remove()
	onReactor(client.Config{}, func(ctx context.Context, r *reactor.Reactor, agent *client.Agent) {
		c, err := fetch.Over(agent, fetch.Config{})
		if err != nil {
			fmt.Println(err)
			return
		}
		path := filepath.Join(dir, "file")
		fmt.Println(deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[int64] { return download(c, s.URL, path) }))
		file, err := os.Stat(path)
		fmt.Println(file.Size(), err)
	})
	// Output:
	// 100000 <nil>
	// 100000 <nil>
}
