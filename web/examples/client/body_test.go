// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/reactor"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/client"
)

// size counts the bytes of what is at u, and keeps none of them.
func size(agent client.Doer, u *url.URL) *deferred.Deferred[int64] {
	return deferred.ThenD(agent.Do(&client.Request{URL: u}), func(res *client.Response) *deferred.Deferred[int64] {
		d := deferred.NewCancellable(agent.Loop(), func(*deferred.Deferred[int64]) { res.StopBody() })
		var n int64
		res.StreamBody(
			func(p []byte) { n += int64(len(p)) }, // p is lent until return
			func(err error) {
				if err != nil {
					d.Errback(err)
					return
				}
				d.Callback(n)
			})
		return d
	})
}

func Example_stream() {
	agent, clock := over(web.Func(func(r *web.Request) { r.WriteString(strings.Repeat("x", 1_000_000)) }), client.Config{})
	show(clock, size(agent, target("http://example.org/")))
	// Output: 1000000
}

// save writes the body of res to w, which may block.
func save(loop deferred.Threads, res *client.Response, w io.Writer) *deferred.Deferred[int64] {
	return deferred.Go(loop, func(co *deferred.Coroutine) (n int64, err error) {
		for p, err := range res.Chunks(co) {
			if err != nil {
				return n, err // it was cut off
			}
			// Nothing more is taken from the server before this piece is written.
			written, err := deferred.Await(co, deferred.ToThread(loop, func() (int, error) { return w.Write(p) }))
			if n += int64(written); err != nil {
				return n, err
			}
		}
		return n, nil
	})
}

// send puts a file at u, and tells of the progress.
func send(agent client.Doer, u *url.URL, name string, progress func(sent, total int64)) *deferred.Deferred[*client.Response] {
	file, err := client.File(name)
	if err != nil {
		return deferred.FailOn[*client.Response](agent.Loop(), err)
	}
	return agent.Do(&client.Request{
		Method:   "PUT",
		URL:      u,
		Body:     file,
		Expect:   true, // nothing of the file is sent if the server does not want it
		Progress: progress,
	})
}

func Example_files() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			n, _ := io.Copy(io.Discard, r.Body)
			fmt.Println("the server got", n, "bytes")
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.Write(make([]byte, 300_000))
	}))
	defer s.Close()
	dir, remove := temporary()
	defer remove()
	onReactor(client.Config{}, func(ctx context.Context, r *reactor.Reactor, agent *client.Agent) {
		f, err := os.Create(filepath.Join(dir, "file"))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[int64] {
			return deferred.ThenD(agent.Do(&client.Request{URL: target(s.URL)}), func(res *client.Response) *deferred.Deferred[int64] {
				return save(r, res, f)
			})
		}))
		f.Close()

		var last string
		res, err := deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[*client.Response] {
			return send(agent, target(s.URL), f.Name(), func(sent, total int64) { last = fmt.Sprint(sent, " of ", total) })
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Status, last)
	})
	// Output:
	// 300000 <nil>
	// the server got 300000 bytes
	// 201 300000 of 300000
}

// pipe sends what a goroutine writes, as it writes it.
func pipe(agent client.Doer, u *url.URL, write func(w io.Writer) error) *deferred.Deferred[*client.Response] {
	r, w := io.Pipe()
	go func() { w.CloseWithError(write(w)) }() // ends with the request, which closes r
	return agent.Do(&client.Request{Method: "POST", URL: u, Body: client.Reader(r, -1)})
}

func Example_pipe() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %q", r.TransferEncoding, sent)
	}))
	defer s.Close()
	onReactor(client.Config{}, func(ctx context.Context, r *reactor.Reactor, agent *client.Agent) {
		fmt.Println(deferred.BlockingCallFromThread(ctx, r, func() *deferred.Deferred[string] {
			return deferred.ThenD(pipe(agent, target(s.URL), func(w io.Writer) error {
				_, err := io.WriteString(w, "one, two")
				return err
			}), body)
		}))
	})
	// Output: [chunked] "one, two" <nil>
}
