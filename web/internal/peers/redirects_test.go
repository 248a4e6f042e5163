// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/client"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// Side by side with curl -L, which does what browsers do: what arrives behind each redirect. web-cli-15.
func TestRedirectsLikeCurl(t *testing.T) {
	curl, r := peers.Program(t, "curl"), peers.Reactor(t)
	far := portOf(t, goServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %q %q %q %d", r.Method, body, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.ContentLength)
	}), nil))
	near := goServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		code, _ := strconv.Atoi(r.URL.Path[1:])
		to := "/200"
		switch {
		case code == 200:
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %q", r.Method, body)
			return
		case r.URL.RawQuery != "":
			to = local("http", far) + "/"
		}
		w.Header().Set("Location", to)
		w.WriteHeader(code)
	}), nil)
	agent, err := client.New(r, client.Config{UserAgent: "-"})
	if err != nil {
		t.Fatal(err)
	}
	d := client.NewRedirectAgent(agent, client.RedirectConfig{BrowserLike: true})
	for _, method := range []string{"GET", "POST"} {
		for _, code := range []int{301, 302, 303, 307, 308} {
			for _, query := range []string{"", "?elsewhere"} {
				where := fmt.Sprint(near.URL, "/", code, query)
				args := []string{"-sL", "--max-time", "60", "-H", "Authorization: Basic c2VjcmV0", where}
				req := &client.Request{Method: method, URL: parse(t, where).URL}
				req.Header.Set("Authorization", "Basic c2VjcmV0")
				if method == "POST" {
					args = append(args, "-d", "a=b")
					req.Body = client.String("a=b")
					req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				}
				want, err := exec.CommandContext(t.Context(), curl, args...).Output()
				if err != nil {
					t.Fatalf("curl: %v", err)
				}
				got, err := peers.Wait(t, r, func() *deferred.Deferred[*answer] { return collected(d.Do(req)) })
				if err != nil || string(got.body) != string(want) || len(want) == 0 {
					t.Errorf("%s %d%s: %+v, %v; curl: %s", method, code, query, got, err, want)
				}
			}
		}
	}
	peers.Wait(t, r, agent.Close)
}
