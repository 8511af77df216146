package main

import (
	"strings"
	"testing"
)

func TestGreeting(t *testing.T) {
	if !strings.HasSuffix(greeting, " from Go") {
		t.Errorf("%q greets nobody", greeting)
	}
}
