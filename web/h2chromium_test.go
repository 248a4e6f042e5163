// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/torsion-go/torsion/core/tlswrap"
	"github.com/torsion-go/torsion/web"
)

// chromiumPage loads what a page consists of, sends something, and shows what it has seen.
const chromiumPage = `<!doctype html><html><head><link rel="stylesheet" href="/style.css"></head><body><img src="/dot.svg" id="dot"><p id="out">waiting</p><script>
window.onload = async () => {
	const sent = await fetch("/upload", {method: "POST", body: "x".repeat(300000)});
	const n = await sent.text();
	const protocols = performance.getEntriesByType("navigation").concat(performance.getEntriesByType("resource")).map(e => new URL(e.name).pathname + "=" + e.nextHopProtocol);
	document.getElementById("out").textContent = ["read", n, "width", document.getElementById("dot").naturalWidth, "color", getComputedStyle(document.body).color].concat(protocols).join(" ");
};
</script></body></html>`

// A browser: a page with a style sheet, an image and an upload, all of it over one connection of HTTP/2.
func TestH2WithChromium(t *testing.T) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	kind := func(mime, body string) web.Resource {
		return web.Get(func(r *web.Request) {
			r.ResponseHeader().Set("Content-Type", mime)
			io.WriteString(r, body)
		})
	}
	var requests atomic.Int64
	var root web.Tree
	root.PutChild("", kind("text/html", chromiumPage))
	root.PutChild("style.css", kind("text/css", "body { color: rgb(1, 2, 3) }"))
	root.PutChild("dot.svg", kind("image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>`))
	root.PutChild("upload", web.Methods{"POST": func(r *web.Request) {
		r.ReadBody(func(b []byte, err error) {
			requests.Add(1)
			fmt.Fprintf(r, "%d, error %t", len(b), err != nil)
		})
	}})
	site := web.NewSite(&root, web.Config{Logger: quiet})
	cert, _ := selfSigned(t)
	over, err := tlswrap.Server(tlswrap.Options{Config: &tls.Config{Certificates: []tls.Certificate{cert}}, Logger: quiet}, site)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.CommandContext(t.Context(), path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--ignore-certificate-errors",
		"--user-data-dir="+home, "--virtual-time-budget=20000", "--timeout=60000", "--dump-dom", "https://"+listen(t, over)+"/")
	cmd.Env = append(os.Environ(), "HOME="+home)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, out)
	}
	_, got, _ := strings.Cut(string(out), `id="out">`)
	got, _, _ = strings.Cut(got, "<")
	for _, want := range []string{"read 300000, error false", "width 7", "color rgb(1, 2, 3)", "/=h2", "/style.css=h2", "/dot.svg=h2", "/upload=h2"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if requests.Load() != 1 || site.Stats().Refused != 0 {
		t.Errorf("%d uploads, %+v", requests.Load(), site.Stats())
	}
}
