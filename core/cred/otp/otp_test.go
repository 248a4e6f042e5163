// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package otp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/otp"
	"github.com/torsion-go/torsion/core/protocoltest"
)

// Appendix D of RFC 4226.
func TestHOTPVectors(t *testing.T) {
	k := otp.Key{Secret: []byte("12345678901234567890")}
	for i, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := k.HOTP(uint64(i)); got != want {
			t.Errorf("HOTP(%d) = %s, want %s", i, got, want)
		}
	}
}

// Appendix B of RFC 6238.
func TestTOTPVectors(t *testing.T) {
	secret := strings.Repeat("1234567890", 7)
	for _, tt := range []struct {
		at                   int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for _, h := range []struct {
			name string
			size int
			want string
		}{{"SHA1", 20, tt.sha1}, {"SHA256", 32, tt.sha256}, {"SHA512", 64, tt.sha512}} {
			k := otp.Key{Secret: []byte(secret[:h.size]), Digits: 8, Hash: h.name}
			if got := k.TOTP(time.Unix(tt.at, 0)); got != h.want {
				t.Errorf("%s at %d: %s, want %s", h.name, tt.at, got, h.want)
			}
		}
	}
}

func TestVerify(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	users := &otp.Users{Now: func() time.Time { return now }}
	key := otp.NewKey("Example", "alice")
	if err := users.Set("alice", key); err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) string { return key.TOTP(now.Add(d)) }
	for _, step := range []struct {
		name string
		code string
		want bool
	}{
		{"two periods old", at(-time.Minute), false},
		{"two periods early", at(time.Minute), false},
		{"one period old", at(-30 * time.Second), true},
		{"the same again", at(-30 * time.Second), false},
		{"present", at(0), true},
		{"replayed", at(0), false},
		{"older than the last used", at(-30 * time.Second), false},
		{"one period early", at(30 * time.Second), true},
		{"empty", "", false},
	} {
		if got := users.Verify("alice", step.code); got != step.want {
			t.Errorf("%s: %v", step.name, got)
		}
	}
	now = now.Add(2 * time.Minute)
	if users.Verify("bob", at(0)) {
		t.Error("a user without a key was let in")
	}
	users.Remove("alice")
	if users.Verify("alice", at(0)) {
		t.Error("a removed key works")
	}
}

// A configuration that is read again, and a restart, make no used code good again.
func TestUsedCodesStayUsed(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	key := otp.NewKey("Example", "alice")
	kept := map[string]uint64{}
	users := &otp.Users{Now: func() time.Time { return now }, Used: func(name string, period uint64) { kept[name] = period }}
	for i := range 2 {
		if err := users.Set("alice", key); err != nil {
			t.Fatal(err)
		}
		if got := users.Verify("alice", key.TOTP(now)); got != (i == 0) {
			t.Errorf("Set %d times: %v", i+1, got)
		}
	}
	if len(kept) != 1 || kept["alice"] != 1_000_000/30 {
		t.Fatalf("used: %v", kept)
	}
	restarted := &otp.Users{Now: users.Now}
	if err := restarted.Restore("alice", key, kept["alice"]); err != nil {
		t.Fatal(err)
	}
	if restarted.Verify("alice", key.TOTP(now)) {
		t.Error("a code works again after a restart")
	}
	if !restarted.Verify("alice", key.TOTP(now.Add(30*time.Second))) {
		t.Error("the next code does not work")
	}
	if err := restarted.Restore("alice", otp.Key{}, 1); !errors.Is(err, otp.ErrKey) {
		t.Errorf("a malformed key: %v", err)
	}
	other := otp.NewKey("Example", "alice")
	if err := users.Set("alice", other); err != nil || !users.Verify("alice", other.TOTP(now)) {
		t.Errorf("a new key: %v", err)
	}
}

func TestURI(t *testing.T) {
	k := otp.Key{Secret: []byte("12345678901234567890"), Issuer: "Big Corp", Account: "alice@example.org"}
	want := "otpauth://totp/Big%20Corp:alice@example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Big%20Corp&algorithm=SHA1&digits=6&period=30"
	if got := k.URI(); got != want {
		t.Errorf("URI\n%s, want\n%s", got, want)
	}
	back, err := otp.ParseURI(want)
	if err != nil || back.URI() != want || string(back.Secret) != string(k.Secret) || back.Issuer != k.Issuer || back.Account != k.Account {
		t.Errorf("back: %+v, %v", back, err)
	}
	for _, bad := range []string{"", "http://x", "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "otpauth://totp/x?secret=1", "otpauth://totp/x?secret=AAAA",
		want + "&", strings.Replace(want, "digits=6", "digits=9", 1), strings.Replace(want, "period=30", "period=-1", 1), strings.Replace(want, "SHA1", "MD5", 1)} {
		if _, err := otp.ParseURI(bad); !errors.Is(err, otp.ErrKey) && bad != want+"&" {
			t.Errorf("ParseURI(%q): %v", bad, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", k, k, k); strings.Contains(s, "GEZ") || strings.Contains(s, "1234") {
		t.Errorf("the secret is printed: %s", s)
	}
}

func TestBadKeys(t *testing.T) {
	good := otp.NewKey("", "a")
	for name, change := range map[string]func(*otp.Key){
		"short": func(k *otp.Key) { k.Secret = k.Secret[:15] }, "digits": func(k *otp.Key) { k.Digits = 5 }, "hash": func(k *otp.Key) { k.Hash = "MD5" },
		"period": func(k *otp.Key) { k.Period = time.Millisecond },
	} {
		k := good
		change(&k)
		if err := new(otp.Users).Set("a", k); !errors.Is(err, otp.ErrKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChecker(t *testing.T) {
	loop := protocoltest.NewClock()
	var db cred.InMemoryUsernamePasswordDatabaseDontUse
	db.AddUser("alice", "secret")
	key := otp.NewKey("Example", "alice")
	now := time.Unix(1_000_000, 0)
	users := &otp.Users{Now: func() time.Time { return now }}
	if err := users.Set("alice", key); err != nil {
		t.Fatal(err)
	}
	c := otp.NewChecker(&db, users)
	try := func(first cred.Credentials, code string) (id cred.AvatarID, err error) {
		c.RequestAvatarID(loop, cred.SecondFactor{First: first, Code: code}).Done(func(i cred.AvatarID, e error) { id, err = i, e })
		return id, err
	}
	good, bad := cred.UsernamePassword{Username: "alice", Password: "secret"}, cred.UsernamePassword{Username: "alice", Password: "wrong"}
	if _, err := try(bad, key.TOTP(now)); err != cred.ErrUnauthorizedLogin {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := try(good, "000000x"); err != cred.ErrUnauthorizedLogin {
		t.Errorf("wrong code: %v", err)
	}
	if _, err := try(cred.Anonymous{}, key.TOTP(now)); !errors.Is(err, cred.ErrUnhandledCredentials) {
		t.Errorf("another kind: %v", err)
	}
	if id, err := try(good, key.TOTP(now)); err != nil || id.Name != "alice" {
		t.Errorf("both right: %v, %v", id, err)
	}
	if _, err := try(good, key.TOTP(now)); err != cred.ErrUnauthorizedLogin {
		t.Errorf("a code that was used: %v", err)
	}
}

func FuzzParseURI(f *testing.F) {
	f.Add(otp.NewKey("Example", "alice").URI())
	f.Fuzz(func(t *testing.T, s string) {
		k, err := otp.ParseURI(s)
		if err != nil {
			return
		}
		again, err := otp.ParseURI(k.URI())
		if err != nil || again.HOTP(1) != k.HOTP(1) {
			t.Errorf("%q: %v", s, err)
		}
	})
}
