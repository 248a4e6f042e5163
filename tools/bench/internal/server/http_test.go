// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

// hello reads an answer and checks it. It tells whether the connection is to be closed after it.
func hello(t *testing.T, r *bufio.Reader) bool {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || string(body) != Hello || resp.ContentLength != int64(len(Hello)) || resp.Header.Get("Content-Type") != "text/plain" {
		t.Fatalf("%s, %d bytes announced, %v, %q", resp.Status, resp.ContentLength, resp.Header, body)
	}
	if when, err := http.ParseTime(resp.Header.Get("Date")); err != nil || time.Since(when).Abs() > hang {
		t.Errorf("Date: %q, %v", resp.Header.Get("Date"), err)
	}
	return resp.Close
}

func pipelined(t *testing.T, p *process, n int) net.Conn {
	t.Helper()
	c := dial(t, "tcp", p.addr)
	if _, err := io.WriteString(c, strings.Repeat(get, n)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for range n {
		if hello(t, r) {
			t.Fatal("the connection is not kept")
		}
	}
	return c
}

func TestHTTP(t *testing.T) {
	each(t, HTTP, func(t *testing.T, p *process) {
		c := pipelined(t, p, 16)
		r := bufio.NewReader(c)
		// A request in two parts, the second of which begins the next one.
		for _, part := range []string{get[:20], get[20:] + get[:len(get)-3], get[len(get)-3:]} {
			if _, err := io.WriteString(c, part); err != nil {
				t.Fatal(err)
			}
			if part != get[:20] {
				hello(t, r)
			}
		}
		pipelined(t, p, 200)
	})
}

func TestHTTPClose(t *testing.T) {
	each(t, HTTP, func(t *testing.T, p *process) {
		for _, before := range []int{0, 3} {
			c := dial(t, "tcp", p.addr)
			requests := strings.Repeat(get, before) + "GET / HTTP/1.1\r\nHost: localhost\r\nconnection: close\r\n\r\n"
			if _, err := io.WriteString(c, requests); err != nil {
				t.Fatal(err)
			}
			r := bufio.NewReader(c)
			for range before {
				hello(t, r)
			}
			if !hello(t, r) {
				t.Error("the answer does not say that the connection is closed")
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("after the last answer came %d bytes, %v", n, err)
			}
		}
		pipelined(t, p, 1)
	})
}

// What a site answers to each path, over plain connections and TLS.
func TestSite(t *testing.T) {
	for _, w := range []Work{Site, HTTPS} {
		each(t, w, func(t *testing.T, p *process) {
			c := dial(t, "tcp", p.addr)
			if w == HTTPS {
				c = tls.Client(c, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13})
			}
			r := bufio.NewReader(c)
			for path, want := range map[string]string{"/": Hello, "/json": JSON, "/post": Posted, "/1k.txt": File("1k.txt"), "/100k.txt": File("100k.txt"), "/10m.txt": File("10m.txt")} {
				text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
				if path == "/post" {
					text = "POST /post HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + Posted + "\r\n\r\n" + strings.Repeat("p", PostSize)
				}
				if _, err := io.WriteString(c, text); err != nil {
					t.Fatal(err)
				}
				resp, err := http.ReadResponse(r, nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != 200 || string(body) != want || resp.ContentLength != int64(len(want)) {
					t.Errorf("%s: %s, %d bytes announced, %d of %d came, %v", path, resp.Status, resp.ContentLength, len(body), len(want), err)
				}
			}
		})
	}
}

func TestHTTP2(t *testing.T) {
	each(t, HTTP2, func(t *testing.T, p *process) {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		client := &http.Client{Transport: &http.Transport{Protocols: protocols}, Timeout: hang}
		defer client.CloseIdleConnections()
		for range 3 {
			resp, err := client.Get("http://" + p.addr + "/")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || resp.ProtoMajor != 2 || string(body) != Hello || resp.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("%s %s %v: %q, %v", resp.Proto, resp.Status, resp.Header, body, err)
			}
		}
	})
}
