// Checks the bundle of a report with golang.org/x/mod/sumdb: signature, inclusion, commitments.
//
//	go run main.go [directory]
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tree struct {
	origin string
	size   int64
	root   tlog.Hash
}

type listed struct {
	Events []struct {
		Position int64  `json:"position"`
		Type     string `json:"type"`
		State    string `json:"state"`
	} `json:"events"`
}

func main() {
	folder := "."
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if err := check(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(folder string) error {
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return err
	}
	signed, err := open(folder, checkpoint)
	if err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	fmt.Printf("signed: %s, %d events, root %s\n", signed.origin, signed.size, signed.root)
	content, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		return err
	}
	var report listed
	if err := json.Unmarshal(content, &report); err != nil {
		return err
	}
	for _, event := range report.Events {
		name := filepath.Join(folder, "events", fmt.Sprintf("%06d", event.Position))
		what, err := included(name, event.Position, checkpoint, signed)
		if err != nil {
			return fmt.Errorf("event %d: %w", event.Position, err)
		}
		fmt.Printf("included: event %d (%s), %s\n", event.Position, event.Type, what)
	}
	return nil
}

// open verifies the signature of the checkpoint by a key of log.vkey.
func open(folder string, checkpoint []byte) (tree, error) {
	keys, err := os.ReadFile(filepath.Join(folder, "log.vkey"))
	if err != nil {
		return tree{}, err
	}
	var verifiers []note.Verifier
	for _, key := range strings.Fields(string(keys)) {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			return tree{}, err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifiers...))
	if err != nil {
		return tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		return tree{}, fmt.Errorf("it is not that of the log that signed it")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tree{lines[0], size, root}, err
}

// included checks the receipt of an event, and its body where there is one.
func included(name string, position int64, checkpoint []byte, signed tree) (string, error) {
	receipt, err := os.ReadFile(name + ".receipt.txt")
	if err != nil {
		return "", err
	}
	head, note, found := bytes.Cut(receipt, []byte("\n\n"))
	if !found || !bytes.Equal(note, checkpoint) {
		return "", fmt.Errorf("its receipt has another checkpoint")
	}
	var path tlog.RecordProof
	for _, line := range strings.Split(string(head), "\n")[1:] {
		if strings.HasPrefix(line, "extra ") || strings.HasPrefix(line, "index ") {
			continue
		}
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return "", err
		}
		path = append(path, hash)
	}
	entry, err := os.ReadFile(name + ".entry")
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(path, signed.size, signed.root, position-1, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return committed(name, position, entry)
}

// committed compares the body of an event with what its entry commits to.
func committed(name string, position int64, entry []byte) (string, error) {
	var fields struct {
		Index  int64  `json:"index"`
		Commit string `json:"commit"`
	}
	if err := json.Unmarshal(entry, &fields); err != nil {
		return "", err
	}
	if fields.Index != position-1 {
		return "", fmt.Errorf("its entry is that of event %d", fields.Index+1)
	}
	body, err := os.ReadFile(name + ".json")
	if os.IsNotExist(err) {
		return "without its body", nil
	}
	if err != nil {
		return "", err
	}
	salt, err := os.ReadFile(name + ".salt")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(bytes.Join([][]byte{[]byte("intellog/commit/v1\x00"), salt, body}, nil))
	if fmt.Sprintf("%x", sum) != fields.Commit {
		return "", fmt.Errorf("its body is not the one that the log recorded")
	}
	return "with the body that was recorded", nil
}
