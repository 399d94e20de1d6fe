// Times in the reader's zone: the one in their settings, else the browser's. UTC stays in the title.
function zone() {
  const chosen = document.documentElement.dataset.zone;
  return chosen && chosen !== "UTC" ? chosen : undefined;
}

function writer(options) {
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone() });
  } catch {
    return new Intl.DateTimeFormat("en-GB", options);
  }
}

const full = writer({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

function utc(moment) {
  return moment.toISOString().slice(0, 16).replace("T", " ") + " UTC";
}

export function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime*='T']")) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const words = full.format(moment).replace(",", "");
    if ("local" in element.dataset) {
      element.textContent = words;
      element.title = utc(moment);
    } else {
      element.title = `${words} (${utc(moment)})`;
    }
  }
}
