// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package crammd5_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/crammd5"
)

var _ cred.UsernameHashedPassword = (*crammd5.Credentials)(nil)

// The example of RFC 2195, section 2.
func Example() {
	const challenge = "<1896.697170952@postoffice.reston.mci.net>"
	response := crammd5.Respond(challenge, "tim", "tanstaaftanstaaf")
	fmt.Println(response)

	creds, err := crammd5.Parse(challenge, response)
	fmt.Println(creds.User(), creds.CheckPassword("tanstaaftanstaaf"), creds.CheckPassword("wrong"), err)
	// Output:
	// tim b913a602c7eda7a495b4e6e7334d3890
	// tim true false <nil>
}

func TestParse(t *testing.T) {
	sum := strings.Repeat("ab", 16)
	if c, err := crammd5.Parse("<c>", "two words "+sum); err != nil || c.User() != "two words" {
		t.Errorf("a name with a space: %v, %v", c, err)
	}
	for _, bad := range []string{"", " ", "tim", " " + sum, "tim " + sum[1:], "tim " + sum + "00", "tim " + strings.Repeat("zz", 16), strings.Repeat("a", 1024) + " " + sum} {
		if c, err := crammd5.Parse("<c>", bad); err != crammd5.ErrResponse {
			t.Errorf("Parse(%q) = %v, %v", bad, c, err)
		}
	}
}

func TestChallenges(t *testing.T) {
	a, b := crammd5.NewChallenge("h"), crammd5.NewChallenge("h")
	if a == b || !strings.HasPrefix(a, "<") || !strings.HasSuffix(a, "@h>") {
		t.Errorf("challenges %q and %q", a, b)
	}
	c, err := crammd5.Parse(b, crammd5.Respond(a, "tim", "secret"))
	if err != nil || c.CheckPassword("secret") {
		t.Errorf("a response to another challenge was taken: %v", err)
	}
	if s := fmt.Sprintf("%v %+v %s", c, c, c.LogValue()); strings.Contains(s, "digest") || !strings.Contains(s, `CramMD5("tim")`) {
		t.Errorf("prints as %q", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("tim b913a602c7eda7a495b4e6e7334d3890")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := crammd5.Parse("<c>", s); err == nil && (c.User() == "" || !strings.HasPrefix(s, c.User()+" ")) {
			t.Errorf("Parse(%q) has user %q", s, c.User())
		}
	})
}
