// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
)

var (
	_ cred.UsernameHashedPassword = (*Credentials)(nil)
	_ cred.UsernameDigestHash     = (*Credentials)(nil)
)

// The examples of RFC 7616, section 3.9, the second with its erratum 4897, and of RFC 2617, section 3.5.
func TestVectors(t *testing.T) {
	const n1, c1 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for _, tt := range []struct {
		a                                                    Algorithm
		user, realm, password, uri, nonce, cnonce, qop, want string
	}{
		{MD5, "Mufasa", "http-auth@example.org", "Circle of Life", "/dir/index.html", n1, c1, "auth", "8ca523f5e9506fed4657c9700eebdbec"},
		{SHA256, "Mufasa", "http-auth@example.org", "Circle of Life", "/dir/index.html", n1, c1, "auth", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{SHA512256, "J\u00e4s\u00f8n Doe", "api@example.org", "Secret, or not?", "/doe.json", "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
			"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v", "auth", "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"},
		{MD5, "Mufasa", "testrealm@host.com", "Circle Of Life", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "auth", "6629fae49393a05397450978507c4ef1"},
		{MD5, "Mufasa", "testrealm@host.com", "Circle Of Life", "/dir/index.html", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "", "670fd8c2df070c60b045671b8b24ff02"},
	} {
		ha1 := SessionHA1(tt.a, HA1(tt.a, tt.user, tt.realm, tt.password), tt.nonce, tt.cnonce)
		if got := Response(tt.a, ha1, HA2(tt.a, "GET", tt.uri), tt.nonce, "00000001", tt.cnonce, tt.qop); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.a, tt.user, got, tt.want)
		}
	}
	if got, want := UserHash(SHA512256, "J\u00e4s\u00f8n Doe", "api@example.org"), "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"; got != want {
		t.Errorf("userhash %s, want %s", got, want)
	}
}

func TestParseParams(t *testing.T) {
	p, err := ParseParams(`Digest username="a\"b,\\c", Realm = "x" ,, nc=00000001,qop=auth`)
	if err != nil || p["username"] != `a"b,\c` || p["realm"] != "x" || p["nc"] != "00000001" || p["qop"] != "auth" || len(p) != 4 {
		t.Errorf("%q, %v", p, err)
	}
	var many strings.Builder
	for i := range maxParams + 1 {
		fmt.Fprintf(&many, "k%d=v,", i)
	}
	for _, bad := range []string{"", "Digest", "Basic x=y", "Digest x", "Digest x=", `Digest x="y`, `Digest x="y\`, `Digest x="y"z=a`, "Digest x=y x=z", "Digest x=y, X=z", "Digest =y", "Digest x=\"a\nb\"",
		"Digest x y=z", "Digest " + many.String(), "Digest x=" + strings.Repeat("y", maxHeader)} {
		if p, err := ParseParams(bad); !errors.Is(err, ErrHeader) {
			t.Errorf("ParseParams(%.60q) = %q, %v", bad, p, err)
		}
	}
}

// A rig is a factory whose clock stands still.
type rig struct {
	*Factory
	now time.Time
}

func newRig(f *Factory) *rig {
	r := &rig{f, time.Unix(1_000_000, 0)}
	f.Now = func() time.Time { return r.now }
	return r
}

const client = "192.0.2.1"

var request = Request{Method: "GET", URI: "/a", Client: client}

func (r *rig) answer(t *testing.T, l Login) string {
	t.Helper()
	l.Username, l.Method, l.URI = "alice", "GET", "/a"
	if l.Password == "" {
		l.Password = "secret"
	}
	text, err := Respond(append([]string{"Basic realm=x"}, r.Challenges(client)...), l)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAlgorithms(t *testing.T) {
	for _, a := range byStrength {
		r := newRig(&Factory{Realm: `the "realm"`, Algorithms: []Algorithm{a}})
		c, err := r.Decode(r.answer(t, Login{}), request)
		if err != nil || c.User() != "alice" || c.Algorithm() != a {
			t.Errorf("%s: %v, %v", a, c, err)
			continue
		}
		if c.CheckPassword("wrong") || c.CheckHash("") || !c.CheckPassword("secret") || !c.CheckHash(HA1(a, "alice", r.Realm, "secret")) {
			t.Errorf("%s: comparisons", a)
		}
	}
	best := (&rig{Factory: &Factory{}}).answer(t, Login{})
	if !strings.Contains(best, "algorithm=SHA-256,") {
		t.Errorf("not the best challenge was answered: %s", best)
	}
}

func TestRefused(t *testing.T) {
	r := newRig(&Factory{Realm: "x"})
	good := r.answer(t, Login{})
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	later := r.now.Add(DefaultLifetime + time.Second)
	for _, tt := range []struct {
		name, header string
		request      Request
		at           time.Time
		want         error
	}{
		{"another client", good, Request{"GET", "/a", "192.0.2.2"}, r.now, cred.ErrLoginFailed},
		{"another uri", good, Request{"GET", "/b", client}, r.now, ErrHeader},
		{"too old", good, request, later, ErrStale},
		{"before its time", good, request, r.now.Add(-time.Second), ErrStale},
		{"opaque", with(`opaque="`, `opaque="A`), request, r.now, cred.ErrLoginFailed},
		{"nonce", with(`nonce="`, `nonce="A`), request, r.now, cred.ErrLoginFailed},
		{"realm", with(`realm="x"`, `realm="y"`), request, r.now, ErrHeader},
		{"algorithm", with("algorithm=SHA-256", "algorithm=SHA"), request, r.now, ErrHeader},
		{"no qop", with(", qop=auth", ""), request, r.now, ErrHeader},
		{"auth-int", with("qop=auth", "qop=auth-int"), request, r.now, ErrHeader},
		{"count 0", with("nc=00000001", "nc=00000000"), request, r.now, ErrHeader},
		{"short count", with("nc=00000001", "nc=1"), request, r.now, ErrHeader},
		{"no username", with(`username="alice"`, `username=""`), request, r.now, ErrHeader},
		{"userhash", good + ", userhash=true", request, r.now, ErrHeader},
	} {
		r.now = tt.at
		if c, err := r.Decode(tt.header, tt.request); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, %v", tt.name, c, err)
		}
		r.now = time.Unix(1_000_000, 0)
	}
	if c, err := r.Decode(strings.Replace(good, `username="alice"`, "username*=UTF-8''al%69ce", 1), request); err != nil || !c.CheckPassword("secret") {
		t.Errorf("username*: %v", err)
	}
}

// A count works once; counts may come out of order, but not from long ago, and what is forgotten can't be replayed.
func TestReplay(t *testing.T) {
	r := newRig(&Factory{Realm: "x", MaxNonces: 2})
	challenge := r.Challenges(client)
	use := func(count uint32) bool {
		text, err := Respond(challenge, Login{Username: "alice", Password: "secret", Method: "GET", URI: "/a", Count: count})
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Decode(text, request)
		if err != nil && !errors.Is(err, ErrStale) {
			t.Fatal(err)
		}
		return err == nil && !c.CheckPassword("wrong") && c.CheckPassword("secret") && c.CheckPassword("secret")
	}
	for _, step := range []struct {
		count uint32
		want  bool
	}{{1, true}, {1, false}, {3, true}, {2, true}, {2, false}, {100, true}, {37, true}, {36, false}, {4, false}, {100, false}, {1 << 20, true}, {1<<20 - 1, true}, {100, false}} {
		if use(step.count) != step.want {
			t.Errorf("count %d: %v", step.count, !step.want)
		}
	}
	old := challenge
	for range 2 {
		r.now = r.now.Add(time.Second)
		challenge = r.Challenges(client)
		if !use(1) {
			t.Error("a new nonce")
		}
	}
	challenge = old
	if use(1 << 21) {
		t.Error("a nonce that was forgotten works again")
	}
	if n := r.used.order.Len(); n != 2 || len(r.used.nonces) != 2 {
		t.Errorf("%d nonces are remembered", n)
	}
}

// The same answer twice at the same time: one of them.
func TestReplayInFlight(t *testing.T) {
	r := newRig(&Factory{Realm: "x"})
	text := r.answer(t, Login{})
	a, err1 := r.Decode(text, request)
	b, err2 := r.Decode(text, request)
	if err1 != nil || err2 != nil || !a.CheckPassword("secret") || b.CheckPassword("secret") {
		t.Errorf("%v, %v", err1, err2)
	}
}

func TestWithoutQOP(t *testing.T) {
	r := newRig(&Factory{Realm: "x", Algorithms: []Algorithm{MD5}, AllowWithoutQOP: true})
	text, err := Respond([]string{strings.Replace(r.Challenges(client)[0], `, qop="auth"`, "", 1)}, Login{Username: "alice", Password: "secret", Method: "GET", URI: "/a"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Decode(text, request)
	if err != nil || !c.CheckPassword("secret") {
		t.Fatal(err)
	}
	if _, err := r.Decode(text, request); !errors.Is(err, ErrStale) {
		t.Errorf("a second time: %v", err)
	}
}

func TestUserHash(t *testing.T) {
	r := newRig(&Factory{Realm: "x", Algorithms: []Algorithm{SHA256}, UserByHash: func(a Algorithm, hash string) (string, bool) {
		return "alice", hash == UserHash(a, "alice", "x")
	}})
	text := r.answer(t, Login{})
	if strings.Contains(text, "alice") {
		t.Errorf("the name is sent: %s", text)
	}
	if c, err := r.Decode(text, request); err != nil || c.User() != "alice" || !c.CheckPassword("secret") {
		t.Errorf("%v, %v", c, err)
	}
}

// A name by username* is text without control characters, as the others are.
func TestExtendedName(t *testing.T) {
	r := newRig(&Factory{Realm: "x"})
	good := r.answer(t, Login{})
	for ext, want := range map[string]string{"%61lice": "alice", "J%C3%A4s": "J\u00e4s", "a%0Ab": "", "a%00b": "", "a%7f": "", "%ff": ""} {
		c, err := r.Decode(strings.Replace(good, `username="alice"`, "username*=UTF-8''"+ext, 1), request)
		if want == "" && !errors.Is(err, ErrHeader) || want != "" && (err != nil || c.User() != want) {
			t.Errorf("%s: %v, %v", ext, c, err)
		}
	}
}

func TestNoChallenge(t *testing.T) {
	for _, c := range []string{"", "Basic realm=x", `Digest realm="x", nonce="n", algorithm=SHA-1024, qop="auth"`, `Digest realm="x", nonce="n", qop="auth-int"`, `Digest realm="x", qop="auth"`} {
		if text, err := Respond([]string{c}, Login{}); err != ErrNoChallenge {
			t.Errorf("%q: %q, %v", c, text, err)
		}
	}
}

// curl --digest as the client.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("needs curl")
	}
	for _, a := range []Algorithm{MD5, MD5Sess, SHA256, SHA256Sess} { // curl has SHA-512-256 since 8.8 only
		f := &Factory{Realm: "curl's realm", Algorithms: []Algorithm{a}}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := f.Decode(r.Header.Get("Authorization"), Request{r.Method, r.RequestURI, "127.0.0.1"})
			if err != nil || c.User() != "alice" || !c.CheckPassword("open: \"sesame\"") {
				w.Header()["WWW-Authenticate"] = f.Challenges("127.0.0.1")
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			w.Header().Set("Authentication-Info", c.Info())
			fmt.Fprint(w, "welcome")
		}))
		run := func(password string) string {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, curl, "-sS", "--noproxy", "*", "--max-time", "30", "--config", "-", srv.URL+"/a?b=c,d")
			cmd.Stdin = strings.NewReader("digest\nuser = \"alice:" + strings.ReplaceAll(password, `"`, `\"`) + "\"\n")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			return string(out)
		}
		if got := run(`open: "sesame"`); got != "welcome" {
			t.Errorf("%s: %q", a, got)
		}
		if got := run("wrong"); got != "" {
			t.Errorf("%s: a wrong password: %q", a, got)
		}
		srv.Close()
	}
}

func FuzzDecode(f *testing.F) {
	r := newRig(&Factory{Realm: "x"})
	good, err := Respond(r.Challenges(client), Login{Username: "alice", Password: "secret", Method: "GET", URI: "/a"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, header string) {
		p, err := ParseParams(header)
		if err == nil && len(p) > maxParams {
			t.Errorf("%d parameters", len(p))
		}
		if c, err := r.Decode(header, request); err == nil && c.User() == "" {
			t.Errorf("no user in %q", header)
		}
		_, _ = Respond([]string{header}, Login{Username: "alice"})
	})
}
