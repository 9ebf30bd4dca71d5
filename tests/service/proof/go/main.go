// Checks what a log publishes with the packages that the Go project checks its own log with.
//
//	check  reads a case as JSON and prints what it found; status 1 and a line for what does not hold
//	sign   reads {"Key": ..., "Text": ...} and prints the signed note
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// height is that of C2SP tlog-tiles: 256 hashes in a full tile.
const height = 8

// Receipt is a tlog-proof, and the entry that it is for.
type Receipt struct {
	Entry []byte
	Proof string
}

// Case is what a log has published. Tiles are named by their address without the `tile/` before it.
type Case struct {
	Keys        []string
	Checkpoint  string
	Older       string
	Consistency [][]byte
	Receipts    []Receipt
	Tiles       map[string][]byte
}

// Found says what was checked.
type Found struct {
	Origin    string
	Size      int64
	Signers   []string
	Unknown   []string
	Receipts  int
	Tiles     int
	Entries   int
	OlderSize int64
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: main check|sign")
	}
	in := json.NewDecoder(os.Stdin)
	if args[0] == "sign" {
		var given struct{ Key, Text string }
		if err := in.Decode(&given); err != nil {
			return err
		}
		signer, err := note.NewSigner(given.Key)
		if err != nil {
			return err
		}
		signed, err := note.Sign(&note.Note{Text: given.Text}, signer)
		os.Stdout.Write(signed)
		return err
	}
	var given Case
	if err := in.Decode(&given); err != nil {
		return err
	}
	found, err := check(given)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(found)
}

func check(given Case) (*Found, error) {
	var keys []note.Verifier
	for _, each := range given.Keys {
		key, err := note.NewVerifier(each)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	verifiers := note.VerifierList(keys...)
	found := &Found{}
	tree, err := open(given.Checkpoint, verifiers, found)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if given.Older != "" {
		older, err := open(given.Older, verifiers, &Found{})
		if err != nil {
			return nil, fmt.Errorf("older checkpoint: %w", err)
		}
		path, err := hashes(given.Consistency)
		if err != nil {
			return nil, err
		}
		if err := tlog.CheckTree(path, tree.N, tree.Hash, older.N, older.Hash); err != nil {
			return nil, fmt.Errorf("consistency: %w", err)
		}
		found.OlderSize = older.N
	}
	for _, each := range given.Receipts {
		if err := checkReceipt(each, verifiers); err != nil {
			return nil, fmt.Errorf("receipt %d: %w", found.Receipts, err)
		}
		found.Receipts++
	}
	return found, checkTiles(tree, given.Tiles, found)
}

// open verifies a checkpoint, and notes who has signed it.
func open(text string, keys note.Verifiers, found *Found) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), keys)
	if err != nil {
		return tlog.Tree{}, err
	}
	for _, each := range opened.Sigs {
		found.Signers = append(found.Signers, fmt.Sprintf("%s+%08x", each.Name, each.Hash))
	}
	for _, each := range opened.UnverifiedSigs {
		found.Unknown = append(found.Unknown, fmt.Sprintf("%s+%08x", each.Name, each.Hash))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, errors.New("a checkpoint has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	found.Origin, found.Size = lines[0], size
	return tlog.Tree{N: size, Hash: root}, err
}

// checkReceipt reads a tlog-proof by its specification, and checks what it says of the entry.
func checkReceipt(given Receipt, keys note.Verifiers) error {
	parts := strings.SplitN(given.Proof, "\n\n", 2)
	lines := strings.Split(parts[0], "\n")
	if len(parts) != 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		path = append(path, hash)
	}
	tree, err := open(parts[1], keys, &Found{})
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(given.Entry))
}

// checkTiles reads every hash of a leaf through the tiles, each of which is checked against the root.
func checkTiles(tree tlog.Tree, tiles map[string][]byte, found *Found) error {
	if tiles == nil {
		return nil
	}
	reader := tlog.TileHashReader(tree, &served{tiles})
	var indexes []int64
	for n := int64(0); n < tree.N; n++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, n))
	}
	leaves, err := reader.ReadHashes(indexes)
	if err != nil {
		return fmt.Errorf("tiles: %w", err)
	}
	for first := int64(0); first < tree.N; first += 1 << height {
		tile := tlog.Tile{H: height, L: 0, N: first >> height, W: 1 << height}
		if tree.N-first < int64(tile.W) {
			tile.W = int(tree.N - first)
		}
		bundle, present := tiles["entries/"+address(tile)[len("0/"):]]
		if !present {
			return fmt.Errorf("the entries of %s are missing", tile.Path())
		}
		for n := first; len(bundle) > 1; n++ {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < end || n >= tree.N || tlog.RecordHash(bundle[2:end]) != leaves[n] {
				return fmt.Errorf("entry %d is not that of its tile", n)
			}
			bundle = bundle[end:]
			found.Entries++
		}
	}
	if found.Entries != int(tree.N) {
		return fmt.Errorf("%d entries of %d", found.Entries, tree.N)
	}
	found.Tiles = len(tiles)
	return nil
}

// served gives the tiles of a case.
type served struct{ tiles map[string][]byte }

func (s *served) Height() int { return height }

func (s *served) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		found, present := s.tiles[address(tile)]
		if !present {
			return nil, fmt.Errorf("the tile %s is missing", address(tile))
		}
		data = append(data, found)
	}
	return data, nil
}

func (s *served) SaveTiles([]tlog.Tile, [][]byte) {}

// address is that of C2SP tlog-tiles, which leaves the height out.
func address(tile tlog.Tile) string {
	return strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
}

func hashes(given [][]byte) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, each := range given {
		hash, err := tlog.ParseHash(base64.StdEncoding.EncodeToString(each))
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}
