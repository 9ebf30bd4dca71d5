"""From a text to claims that an analyst ticks: pure rules, each naming the words that it rests on."""
