// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/webtest"
)

// threads is a loop whose time the test moves, with goroutines beside it.
type threads struct{ *protocoltest.Clock }

func (threads) CallInThread(f func()) { go f() } // the test waits for what f does

// send sends a note with a picture.
func send(t *testing.T, c *webtest.Conn, text, picture string) *webtest.Response {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	w.WriteField("text", text)
	if picture != "" {
		f, _ := w.CreateFormFile("picture", "me.jpg")
		f.Write([]byte(picture))
	}
	w.Close()
	res := c.Do(webtest.Request{Method: "POST", Target: "/notes", Header: http.Header{"Content-Type": {w.FormDataContentType()}}, Body: body.String()})
	if err := res.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return res
}

func TestPost(t *testing.T) {
	clock := protocoltest.NewClock()
	root, err := newRoot(&board{threads: threads{clock}, dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	connect := func() *webtest.Conn {
		return webtest.Connect(web.NewSite(root, web.Config{}), webtest.Config{Clock: clock})
	}
	const gif = "GIF89a and so on"
	for _, tt := range []struct {
		text, picture string
		status        int
	}{
		{"Hello", "", 303},
		{"Look", gif, 303},
		{" ", gif, 422},
		{"Look", "<script>", 415},
		{"Look", strings.Repeat("x", 9<<20), 413},
	} {
		if res := send(t, connect(), tt.text, tt.picture); res.Status != tt.status {
			t.Errorf("%.20q with %.20q: got %d %s", tt.text, tt.picture, res.Status, res.Body)
		}
	}
	c := connect()
	page := c.Do(webtest.Request{}).Body
	_, after, ok := strings.Cut(page, `<img src="`)
	src, _, _ := strings.Cut(after, `"`)
	if !ok || strings.Count(page, "<li>") != 2 {
		t.Fatalf("got %s", page)
	}
	res := c.Do(webtest.Request{Target: src})
	if res.Wait(t.Context()); res.Body != gif || res.Header.Get("Content-Type") != "image/gif" {
		t.Errorf("%s: got %d %s %q", src, res.Status, res.Header, res.Body)
	}
}
