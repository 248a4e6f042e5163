// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package peers_test

import (
	"fmt"
	"net/url"
	"os"
	"testing"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/web/cookiejar"
	"github.com/torsion-go/torsion/web/fetch"
	"github.com/torsion-go/torsion/web/internal/peers"
)

// A login to a site of Flask, whose session is in a cookie. web-cli-16.
func TestLogin(t *testing.T) {
	python := peers.Program(t, "/usr/bin/python3")
	if _, err := os.Stat("/usr/lib/python3/dist-packages/flask"); err != nil {
		t.Skip("python3-flask is not installed")
	}
	port := peers.FreePort(t)
	peers.Start(t, port, python, "testdata/login.py", fmt.Sprint(port))
	r := peers.Reactor(t)
	c, err := fetch.New(r, fetch.Config{Base: local("http", port), NoEnvironment: true, Jar: cookiejar.New(cookiejar.Config{})})
	if err != nil {
		t.Fatal(err)
	}
	login := func(password string) *fetch.Options {
		return &fetch.Options{Form: url.Values{"user": {"joe"}, "password": {password}}}
	}
	for i, step := range []struct {
		method, path string
		o            *fetch.Options
		status       int
		want         string
	}{
		{"GET", "/private", nil, 200, "who is there?"},
		{"POST", "/login", login("wrong"), 403, "no"},
		{"GET", "/private", nil, 200, "who is there?"},
		{"POST", "/login", login("secret"), 200, "hello joe, visit 1"},
		{"GET", "/private", nil, 200, "hello joe, visit 2"},
		{"GET", "/private", nil, 200, "hello joe, visit 3"},
		{"POST", "/logout", nil, 200, "who is there?"},
		{"GET", "/private", nil, 200, "who is there?"},
	} {
		status := 0
		got, err := peers.Wait(t, r, func() *deferred.Deferred[string] {
			return deferred.ThenD(c.Request(step.method, step.path, step.o), func(res *fetch.Response) *deferred.Deferred[string] {
				status = res.Status
				return res.Text()
			})
		})
		if err != nil || status != step.status || got != step.want {
			t.Errorf("%d: %s %s: %d %q, %v; want %d %q", i, step.method, step.path, status, got, err, step.status, step.want)
		}
	}
	peers.Wait(t, r, c.Close)
}
