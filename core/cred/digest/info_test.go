// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Both sides prove that they know the password.
func Example() {
	server := &Factory{Realm: "files"}
	login := Login{Username: "alice", Password: "secret", Method: "GET", URI: "/a"}
	authorization, err := Respond(server.Challenges("192.0.2.1"), login)
	if err != nil {
		fmt.Println(err)
		return
	}
	creds, err := server.Decode(authorization, Request{Method: "GET", URI: "/a", Client: "192.0.2.1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(creds.User(), creds.Algorithm(), creds.CheckPassword("wrong"), creds.CheckPassword("secret"))
	fmt.Println(CheckInfo(creds.Info(), authorization, login))
	// Output:
	// alice SHA-256 false true
	// <nil>
}

func TestInfo(t *testing.T) {
	for _, a := range byStrength {
		r := newRig(&Factory{Realm: "x", Algorithms: []Algorithm{a}})
		l := Login{Username: "alice", Password: "secret", Method: "GET", URI: "/a"}
		text := r.answer(t, Login{})
		c, err := r.Decode(text, request)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Info(); got != "" || c.CheckPassword("x") || c.Info() != "" {
			t.Errorf("%s: before the password was right: %q", a, got)
		}
		if !c.CheckPassword("secret") {
			t.Fatalf("%s: refused", a)
		}
		info := c.Info()
		if err := CheckInfo(info, text, l); err != nil {
			t.Errorf("%s: %s: %v", a, info, err)
		}
		wrong := l
		wrong.Password = "x"
		for what, err := range map[string]error{
			"another password":     CheckInfo(info, text, wrong),
			"the answer sent back": CheckInfo(strings.Replace(info, info[:strings.Index(info, ",")], fmt.Sprintf("rspauth=%q", c.p["response"]), 1), text, l),
			"no rspauth":           CheckInfo(info[strings.Index(info, ",")+1:], text, l),
			"another count":        CheckInfo(strings.Replace(info, "00000001", "00000002", 1), text, l),
			"nothing":              CheckInfo("", text, l),
		} {
			if !errors.Is(err, ErrServer) {
				t.Errorf("%s: %s: %v", a, what, err)
			}
		}
		if err := CheckInfo("x", text, l); !errors.Is(err, ErrHeader) {
			t.Errorf("%s: malformed: %v", a, err)
		}
	}
}
