// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package finger_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/certificate"
)

var programs string // the folder of the built programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "finger")
	if err == nil {
		programs = dir
		var out []byte
		if out, err = exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot build the examples:", err)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// A running program is one that has to end well when the test does.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr bytes.Buffer
}

func start(t *testing.T, name string, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute) // far beyond what any test takes
	p := &running{t: t, cmd: exec.CommandContext(ctx, filepath.Join(programs, name), args...)}
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, p.stderr.String())
		}
		cancel()
	})
	return p
}

// says reads the program's next line, which has to begin so, and returns the rest.
func (p *running) says(prefix string) string {
	p.t.Helper()
	line, err := p.out.ReadString('\n')
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), prefix)
	if !ok {
		p.t.Fatalf("the program said %q (%v), not %q", line, err, prefix)
	}
	return rest
}

// ask puts a question with nc, and returns the answer.
func ask(t *testing.T, at, question string) string {
	t.Helper()
	nc, err := exec.LookPath("nc")
	if err != nil {
		t.Skip("nc is missing")
	}
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, nc, host, port)
	cmd.Stdin = strings.NewReader(question)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("nc: %v %s", err, out)
	}
	return string(out)
}

func answers(t *testing.T, at string, want map[string]string) {
	t.Helper()
	for question, text := range want {
		if got := ask(t, at, question); got != text {
			t.Errorf("%q: got %q, want %q", question, got, text)
		}
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNothing(t *testing.T) {
	start(t, "finger01").says("running")
}

func TestNobody(t *testing.T) {
	at := start(t, "finger02", "127.0.0.1:0").says("listening on ")
	answers(t, at, map[string]string{"alice\r\n": "No such user\r\n", "\r\n": "No such user\r\n"})
}

var three = map[string]string{
	"alice\r\n":                        "Happy and well\r\n",
	"/W bob\r\n":                       "Back on Monday\r\n",
	"carol\r\n":                        "No such user\r\n",
	"\r\n":                             "alice: Happy and well\r\nbob: Back on Monday\r\n",
	strings.Repeat("x", 1000) + "\r\n": "", // closes the connection
}

func TestUsers(t *testing.T) {
	answers(t, start(t, "finger03", "127.0.0.1:0").says("listening on "), three)
}

func TestRealClient(t *testing.T) {
	finger, err := exec.LookPath("finger")
	if err != nil {
		t.Skip("finger is missing")
	}
	const host = "127.0.0.79" // on the port that finger knows, and out of the way of other tests
	l, err := net.Listen("tcp", host+":79")
	if err != nil {
		t.Skipf("port 79: %v", err)
	}
	l.Close()
	start(t, "finger03", host+":79").says("listening on ")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, finger, "alice@"+host).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Happy and well") {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestLookup(t *testing.T) {
	me, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	at := start(t, "finger04", "127.0.0.1:0").says("listening on ")
	answers(t, at, map[string]string{me.Username + "\r\n": me.Name + "\r\n", "no-one-is-called-so\r\n": "No such user\r\n"})
}

const file = "alice: Happy and well\n\nbob:Back on Monday\n"

func TestFile(t *testing.T) {
	users := write(t, filepath.Join(t.TempDir(), "users"), file)
	p := start(t, "finger05", users, "127.0.0.1:0")
	at := p.says("listening on ")
	p.says("there are 2 users")
	answers(t, at, three)
	write(t, users, "bob: Back\n")
	p.cmd.Process.Signal(syscall.SIGHUP)
	p.says("there are 1 users")
	answers(t, at, map[string]string{"bob\r\n": "Back\r\n", "alice\r\n": "No such user\r\n"})
}

func TestEndpoints(t *testing.T) {
	dir := t.TempDir()
	users := write(t, filepath.Join(dir, "users"), file)
	key, err := certificate.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	own, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	pem, err := own.DumpPEM()
	if err != nil {
		t.Fatal(err)
	}
	secret := write(t, filepath.Join(dir, "server.pem"), string(pem))
	socket := filepath.Join(dir, "s")
	p := start(t, "finger06", users, "tcp:0:interface=127.0.0.1", "tls:0:interface=127.0.0.1:cert="+secret+":key="+secret, "unix:"+socket)
	plain, encrypted := p.says("listening on "), p.says("listening on ")
	p.says("listening on ")
	p.says("there are 2 users")
	answers(t, plain, three)

	t.Run("openssl", func(t *testing.T) {
		openssl, err := exec.LookPath("openssl")
		if err != nil {
			t.Skip("openssl is missing")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, openssl, "s_client", "-quiet", "-connect", encrypted)
		cmd.Stdin = strings.NewReader("alice\r\n")
		if out, err := cmd.Output(); string(out) != "Happy and well\r\n" {
			t.Errorf("got %q, %v", out, err)
		}
	})
	c, err := tls.Dial("tcp", encrypted, &tls.Config{InsecureSkipVerify: true}) // the test made the certificate a moment ago
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	exchange(t, c, "bob\r\n", "Back on Monday\r\n")
	u, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	exchange(t, u, "bob\r\n", "Back on Monday\r\n")
}

// exchange sends and wants that much back.
func exchange(t *testing.T, c net.Conn, send, want string) {
	t.Helper()
	c.SetDeadline(time.Now().Add(time.Minute)) // which only a broken program reaches
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c, got); string(got[:n]) != want {
		t.Errorf("%q: got %q (%v), want %q", send, got[:n], err, want)
	}
}

func TestService(t *testing.T) {
	users := write(t, filepath.Join(t.TempDir(), "users"), file)
	p := start(t, "finger07", users, "tcp:0:interface=127.0.0.1")
	at := p.says("listening on ")
	answers(t, at, three)
	write(t, users, "bob: Back\n")
	p.cmd.Process.Signal(syscall.SIGHUP)
	p.says("reloaded")
	answers(t, at, map[string]string{"bob\r\n": "Back\r\n"})
}

func TestServiceThatCannotStart(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(programs, "finger07"), filepath.Join(t.TempDir(), "gone"), "tcp:0:interface=127.0.0.1").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "users") || !strings.Contains(string(out), "gone") {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestLogin(t *testing.T) {
	dir := t.TempDir()
	passwords := filepath.Join(dir, "passwords")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	add := exec.CommandContext(ctx, filepath.Join(programs, "finger08"), "-passwords", passwords, "-add", "bob")
	add.Stdin = strings.NewReader("correct horse\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	for _, tt := range []struct {
		name, login, user string
		flags             []string
	}{
		{"of the program", "LOGIN alice secret\r\n", "alice", nil},
		{"of a file", "LOGIN bob correct horse\r\n", "bob", []string{"-passwords", passwords}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			users := write(t, filepath.Join(t.TempDir(), "users"), file)
			p := start(t, "finger08", append(tt.flags, users, "tcp:0:interface=127.0.0.1", "tcp:0:interface=127.0.0.1")...)
			fingerAt, setAt := p.says("listening on "), p.says("listening on ")
			dial := func() net.Conn {
				c, err := net.Dial("tcp", setAt)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				return c
			}
			c := dial()
			exchange(t, c, "SET nobody may\r\n", "ERR try LOGIN name password, then SET text\r\n")
			exchange(t, c, tt.login+"SET gone fishing\r\n", "OK hello "+tt.user+"\r\nOK\r\n")
			exchange(t, c, "SET a\tb\nmallory: c\r\n", "ERR control character\r\n")
			answers(t, fingerAt, map[string]string{tt.user + "\r\n": "gone fishing\r\n"})
			saved, err := os.ReadFile(users)
			if err != nil || !strings.Contains(string(saved), tt.user+": gone fishing\n") || strings.Count(string(saved), "\n") != 2 {
				t.Errorf("the file is %q, %v", saved, err)
			}
			bad := dial()
			exchange(t, bad, "LOGIN "+tt.user+" wrong\r\n", "ERR login failed\r\n")
			if n, err := bad.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("after a failed login: %d, %v", n, err)
			}
		})
	}
}
