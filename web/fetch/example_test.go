// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/webtest"
)

// exampleClient returns a Client whose server is root, in memory, and their loop. Programs have fetch.New and a reactor instead.
func exampleClient(root web.Resource) (*fetch.Client, *protocoltest.Clock) {
	loop := protocoltest.NewClock()
	c, err := fetch.Over(webtest.NewAgent(loop, web.NewSite(root, web.Config{}), client.Config{}), fetch.Config{Base: "https://notes.example"})
	if err != nil {
		log.Fatal(err)
	}
	return c, loop
}

func ExampleJSON() {
	type note struct{ Text string }
	c, loop := exampleClient(web.Methods{"POST": func(r *web.Request) {
		r.ReadBody(func(body []byte, err error) { fmt.Fprintf(r, `{"got": %s}`, body) })
	}})

	type answer struct{ Got note }
	d := fetch.JSON[answer](c.Post("/notes", &fetch.Options{JSON: note{Text: "hello"}}))
	d.AddCallback(func(a answer) (answer, error) {
		fmt.Println(a.Got.Text)
		return a, nil
	})
	webtest.Result(loop, d) // the loop runs
	_, err := webtest.Result(loop, fetch.JSON[answer](c.Get("/notes", nil)))
	if e, ok := errors.AsType[*fetch.StatusError](err); ok {
		fmt.Println("refused:", e.Status)
	}
	// Output:
	// hello
	// refused: 405
}

// A form as browsers send it, and what the server says as text.
func ExampleClient_Post() {
	c, loop := exampleClient(web.Methods{"POST": func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{}), func(f *form.Form) { fmt.Fprintf(r, "Good morning, %s.", f.Values.Get("name")) })
	}})
	res, err := webtest.Result(loop, c.Post("/greet", &fetch.Options{Form: url.Values{"name": {"Jürgen"}}}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(webtest.Result(loop, res.Text()))
	// Output: Good morning, Jürgen. <nil>
}

// A form with a file, which is streamed: here from memory, else by client.File.
func ExamplePart() {
	c, loop := exampleClient(web.Methods{"POST": func(r *web.Request) {
		web.Later(r, form.Parse(r, form.Config{}), func(f *form.Form) {
			file := f.Files["picture"][0]
			fmt.Fprintf(r, "%s: %s, %s, %d bytes", f.Values.Get("title"), file.Name, file.Type, file.Size)
		})
	}})
	all := false
	res, err := webtest.Result(loop, c.Post("/pictures", &fetch.Options{
		Form:     url.Values{"title": {"Sunset"}},
		Parts:    []fetch.Part{{Name: "picture", FileName: "sunset.png", Body: client.String(strings.Repeat("x", 100000))}},
		Progress: func(sent, total int64) { all = sent == total },
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(webtest.Result(loop, res.Text()))
	fmt.Println("all was sent:", all)
	// Output:
	// Sunset: sunset.png, image/png, 100000 bytes <nil>
	// all was sent: true
}

func ExampleClient_Download() {
	c, loop := exampleClient(web.Get(func(r *web.Request) {
		r.ResponseHeader().Set("Content-Length", "5")
		fmt.Fprint(r, "hello")
	}))
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "hello.txt")
	n, err := webtest.Result(loop, c.Download("/hello.txt", path, &fetch.Download{
		MaxSize:  1 << 20,
		Received: func(n, total int64) { fmt.Println(n, "of", total) },
	}))
	text, _ := os.ReadFile(path)
	fmt.Println(n, err, string(text))
	// Output:
	// 5 of 5
	// 5 <nil> hello
}

// On another goroutine than the loop's.
func Example_blocking() {
	r, err := reactor.New(reactor.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	server, err := r.ListenTCP("127.0.0.1:0", web.NewSite(web.Func(func(r *web.Request) { fmt.Fprint(r, `["milk", "bread"]`) }), web.Config{}), reactor.ListenOptions{})
	if err != nil {
		log.Fatal(err)
	}
	c, err := fetch.New(r, fetch.Config{Base: "http://" + server.Addr().String()})
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- r.Run(context.Background()) }()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	notes, err := deferred.BlockingCallFromThread(ctx, c.Loop(), func() *deferred.Deferred[[]string] {
		return fetch.JSON[[]string](c.Get("/notes", nil))
	})
	fmt.Println(notes, err)
	r.Stop()
	fmt.Println(<-ended)
	// Output:
	// [milk bread] <nil>
	// <nil>
}
