// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package twist

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/reactor"
)

// offered returns the words that a shell would get, and cobra's directive.
func offered(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := Main(t.Context(), append([]string{"__complete"}, args...), &out, &errs); code != 0 {
		t.Fatalf("%q: exit status %d: %s", args, code, errs.String())
	}
	return out.String()
}

func TestCompletion(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want []string
		not  string
	}{
		{[]string{""}, []string{"web\tServe files, applications and other servers over HTTP\n", "echo\t", "completion\t", "help\t", "man\t"}, "--"},
		{[]string{"we"}, []string{"web\t"}, "echo"},
		{[]string{"--log-f"}, []string{"--log-file\t", "--log-format\t"}, "--loops"},
		{[]string{"--log-level", ""}, []string{"debug\n", "critical\n", ":4\n"}, "web"},
		{[]string{"--reactor", ""}, reactor.Pollers(), "web"},
		{[]string{"--uid", "ro"}, []string{"root\n", ":4\n"}, "web"},
		{[]string{"--gid", "ro"}, []string{"root\n", ":4\n"}, "web"},
		{[]string{"--log-file", ""}, []string{":0\n"}, "web"},
		{[]string{"--rundir", ""}, []string{":16\n"}, "web"},
		{[]string{"web", "--"}, []string{"--listen\t", "--path\t", "--no-listing\t", "--loops\t", "--help\t"}, "echo"},
		{[]string{"web", "--path", ""}, []string{":16\n"}, "web"},
		{[]string{"web", "--log-format", ""}, []string{"combined\n"}, "web"},
		{[]string{"web", ""}, []string{":4\n"}, "web"},
		{[]string{"completion", ""}, []string{"bash\n", "powershell\n", ":4\n"}, "--loops"},
		{[]string{"completion", "bash", ""}, []string{":4\n"}, "zsh"},
		{[]string{"completion", "--"}, []string{"--help"}, "--loops"},
		{[]string{"wire", ""}, []string{"chargen\n", "time\n", ":4\n"}, "web"},
		{[]string{"portforward", "--proxy-header", ""}, []string{"v1\n", "v2\n"}, "web"},
		{[]string{"finger", "--users", ""}, []string{":0\n"}, "web"},
		{[]string{"--facility", "loc"}, []string{"local0\n", "local7\n"}, "web"},
		{[]string{"man", ""}, []string{":16\n"}, "bash"},
		{[]string{"help", ""}, []string{"endpoints\n", "web\n", "help\n"}, "--loops"},
	} {
		got := offered(t, tt.args...)
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%q lacks %q:\n%s", tt.args, want, got)
			}
		}
		if strings.Contains(got, tt.not) {
			t.Errorf("%q offers %q:\n%s", tt.args, tt.not, got)
		}
	}
}

// TestCompletionScripts: each shell that is there takes its script.
func TestCompletionScripts(t *testing.T) {
	for shell, check := range map[string][]string{"bash": {"-n"}, "zsh": {"-n"}, "fish": {"--no-execute"}, "powershell": nil} {
		t.Run(shell, func(t *testing.T) {
			var out, errs bytes.Buffer
			if code := Main(t.Context(), []string{"completion", shell}, &out, &errs); code != 0 || !strings.Contains(out.String(), "__complete") {
				t.Fatalf("exit status %d: %s", code, errs.String())
			}
			program, err := exec.LookPath(shell)
			if err != nil || check == nil {
				t.Skip("the script was made, but " + shell + " is not here to read it")
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if said, err := exec.Command(program, append(check, file)...).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
	if code := Main(t.Context(), []string{"completion", "csh"}, new(bytes.Buffer), new(bytes.Buffer)); code != 64 {
		t.Errorf("csh: exit status %d", code)
	}
}

// TestBashCompletes has bash itself complete a command line.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is missing")
	}
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(exe, filepath.Join(dir, "twist")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bash, "--norc", "-c", `source <(twist completion bash)
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; }
__ltrim_colon_completions() { :; }
compopt() { :; }
COMP_WORDS=(twist web --log-format te); COMP_CWORD=3; COMP_LINE="twist web --log-format te"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
__start_twist; echo "${COMPREPLY[@]}"`)
	cmd.Env = append(os.Environ(), "TWIST_TEST_COMMAND=1", "PATH="+dir+":"+os.Getenv("PATH"))
	if out, err := cmd.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "text" {
		t.Errorf("bash offers %q, %v", out, err)
	}
}

func TestMan(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	var out, errs bytes.Buffer
	if code := Main(t.Context(), []string{"man", dir}, &out, &errs); code != 0 || out.Len() > 0 {
		t.Fatalf("exit status %d: %s%s", code, out.String(), errs.String())
	}
	for file, want := range map[string][]string{
		"twist.1":             {`.TH "TWIST" "1"`, "--log-level", "twist-web(1)"},
		"twist-web.1":         {"Serve files, applications and other servers over HTTP", "--listen", "tcp:8080", "--loops", "EXAMPLE"},
		"twist-echo.1":        {"--listen"},
		"twist-portforward.1": {"--to", "--proxy-header", "haproxy:tcp:9000"},
		"twist-procmon.1":     {"--threshold", "--program", "COMMAND"},
		"twist-finger.1":      {"--users"},
		"twist-wire.1":        {"chargen", "--udp"},
		"twist-completion.1":  {"powershell"},
		"twist-man.1":         {"DIR"},
	} {
		page, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
		}
		text := strings.ReplaceAll(string(page), `\-`, "-")
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", file, w, text)
			}
		}
	}
	if code := Main(t.Context(), []string{"man", "/dev/null/x"}, &out, &errs); code != 1 {
		t.Errorf("no folder: exit status %d", code)
	}
}
