// Follows the log for a page that shows nothing live: it is loaded again when something that it may show
// was marked above what its reader may see.
import { follow } from "./live.js";

follow(document.body.dataset.watched, () => {});
