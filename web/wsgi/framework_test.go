// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package wsgi_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/web/wsgi"
)

// form is an upload of n bytes.
func form(t *testing.T, n int) (*bytes.Buffer, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.WriteField("name", "a name"); err != nil {
		t.Fatal(err)
	}
	f, err := w.CreateFormFile("file", "data.bin")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(make([]byte, n))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

func TestFlask(t *testing.T) {
	needs(t, "flask", "python3-flask")
	x := start(t, wsgi.Config{Application: "flaskapp:app", Workers: 2, Threads: 2})
	x.client.Jar, _ = cookiejar.New(nil)
	for i := range 3 {
		want := fmt.Sprintf("seen %d at %s/", i+1, x.url)
		if code, body := x.get("/"); code != 200 || body != want {
			t.Errorf("got %d %q, want %q", code, body, want)
		}
	}
	body, contentType := form(t, 3<<20)
	if res, got, err := x.fetch("POST", "/upload", body, contentType); err != nil || res.StatusCode != 200 || got != "data.bin application/octet-stream 3145728 bytes, a name" {
		t.Errorf("upload: %v %q %v", res, got, err)
	}
	if code, _ := x.get("/fail"); code != 500 {
		t.Errorf("a failing view: %d", code)
	}
	x.log.wait(t, "a bug in a view", 1)
}

func TestDjango(t *testing.T) {
	needs(t, "django", "python3-django")
	x := start(t, wsgi.Config{Application: "djangoapp", Workers: 2})
	if code, body := x.get("/caf%C3%A9/?q=%C3%A9"); code != 200 || body != "hello from /app/café/, é" {
		t.Errorf("got %d %q", code, body)
	}
	body, contentType := form(t, 3<<20)
	if res, got, err := x.fetch("POST", "/upload", body, contentType); err != nil || res.StatusCode != 200 || got != "data.bin 3145728 bytes in TemporaryUploadedFile" {
		t.Errorf("upload: %v %q %v", res, got, err)
	}
	if _, body := x.get("/stream"); !strings.HasPrefix(body, "0\n1\n") || !strings.HasSuffix(body, "\n999\n") {
		t.Errorf("stream: %q", body)
	}
	if code, _ := x.get("/nowhere"); code != 404 {
		t.Errorf("nowhere: %d", code)
	}
}
