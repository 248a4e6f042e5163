// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package distrib_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/distrib"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUserDirectory(t *testing.T) {
	dir := folder(t)
	home := func(user, name string) string { return filepath.Join(dir, user, name) }
	var users []distrib.SystemUser
	for _, name := range []string{"alice", "bob", "both", "none", "linked", "inside", "frank", "other", "<b>"} {
		u := distrib.SystemUser{Name: name, UID: os.Getuid(), Home: home(name, "")}
		if name == "other" {
			u.UID++
		}
		users = append(users, u)
		must(t, os.Mkdir(u.Home, 0o755))
	}
	for _, name := range []string{"alice", "both", "other", "<b>"} {
		must(t, os.Mkdir(home(name, "public_html"), 0o755))
		must(t, os.WriteFile(home(name, "public_html/index.html"), []byte("files of "+name), 0o644))
	}
	must(t, os.WriteFile(home("alice", "secret"), []byte("secret"), 0o644))
	must(t, os.WriteFile(home("alice", "public_html/.netrc"), []byte("secret"), 0o644))
	must(t, os.Symlink("../secret", home("alice", "public_html/link")))
	must(t, os.Symlink(home("alice", "secret"), home("alice", "public_html/absolute")))
	must(t, os.Symlink(home("alice", ""), home("linked", "public_html")))
	must(t, os.Mkdir(home("inside", "www"), 0o755))
	must(t, os.WriteFile(home("inside", "www/index.html"), []byte("files of inside"), 0o644))
	must(t, os.Symlink("www", home("inside", "public_html")))
	must(t, os.Symlink(home("bob", distrib.SocketName), home("frank", distrib.SocketName)))

	d := distrib.NewUserDirectory(distrib.UserDirectoryConfig{
		Users: func() ([]distrib.SystemUser, error) { return users, nil }, MinUID: -1, MaxUsers: 2, Recheck: time.Nanosecond, Logger: quiet,
	})
	root := web.Tree{Dynamic: d.Tilde}
	root.PutChild("users", d)
	x := newRig(t, &root)
	for _, name := range []string{"bob", "both"} {
		p := &distrib.Publisher{Root: back(nil), Path: home(name, distrib.SocketName), Config: web.Config{Logger: quiet}}
		await(x, func() *deferred.Deferred[endpoint.Port] { return p.Listen(x.r) })
	}
	for range 2 {
		x.expect("/users/alice/", 200, "files of alice")
		x.expect("/users/~alice/", 200, "files of alice")
		x.expect("/~alice/index.html", 200, "files of alice")
		x.expect("/~bob/", 200, "the top")
		x.expect("/users/bob.torsion-web/who", 200, `"" false 127.0.0.1`)
		x.expect("/users/both/", 200, "files of both")
		x.expect("/users/both.torsion-web/", 200, "the top")
		x.expect("/~inside/", 200, "files of inside")
	}
	for from, to := range map[string]string{"/users": "/users/", "/~alice?a=b": "/~alice/?a=b", "/users/bob": "/users/bob/", "/~bob/away": "/~bob/who"} {
		if a := x.do("GET", from, ""); a.status/100 != 3 || a.header.Get("Location") != to {
			t.Errorf("%s: %d to %q", from, a.status, a.header.Get("Location"))
		}
	}
	// Class 15, and who there is: all that has nothing looks the same.
	var pages []string
	for _, path := range []string{
		"/users/none/", "/users/none", "/users/nobody-at-all/", "/users/other/", "/users/linked/secret", "/users/linked/", "/users/frank/", "/users/frank.torsion-web/", "/users/alice.torsion-web/",
		"/~alice/link", "/~alice/absolute", "/~alice/.netrc", "/~alice/..%2Fsecret", "/users/..%2Falice/", "/alice/", "/users/~~alice/",
	} {
		a := x.do("GET", path, "")
		if a.status != 404 {
			t.Errorf("%s: got %d %q", path, a.status, a.body)
		}
		pages = append(pages, a.body)
	}
	if pages = slices.Compact(pages); len(pages) != 1 {
		t.Errorf("pages differ: %q", pages)
	}
	list := x.do("GET", "/users/", "").body
	if n := strings.Count(list, "<li>"); n != 6 {
		t.Errorf("%d users are listed: %s", n, list)
	}
	for _, link := range []string{`"./alice/">alice<`, `"./bob.torsion-web/">`, `"./both/">`, `"./both.torsion-web/">`, `"./inside/">`, `"./%3Cb%3E/">&lt;b&gt;<`} {
		if !strings.Contains(list, link) {
			t.Errorf("%s is not in the list: %s", link, list)
		}
	}
	must(t, os.RemoveAll(home("alice", "public_html")))
	x.expect("/~alice/", 404, "")
}

func TestListingCanBeOff(t *testing.T) {
	d := distrib.NewUserDirectory(distrib.UserDirectoryConfig{DisableListing: true})
	x := newRig(t, d)
	x.expect("/", 404, "")
}

func TestPasswd(t *testing.T) {
	users, err := distrib.ParsePasswd(strings.NewReader("root:x:0:0:root:/root:/bin/bash\n# a comment\nalice:x:1000:1000:Alice,,,:/home/alice:/bin/sh\nbad:x:one:1:::\n:x:1:1::/:\n+::::::\nx:y\nrel:x:5:5::home:/bin/sh\n"))
	if got := fmt.Sprint(users); err != nil || got != "[{root 0 /root} {alice 1000 /home/alice}]" {
		t.Errorf("%s %v", got, err)
	}
}
