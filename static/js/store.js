// localStorage that may be refused or full: then nothing is kept, and nothing breaks.
const PREFIX = "twiceshy:";

export function recall(name, area = localStorage) {
  try {
    return JSON.parse(area.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export function keep(name, value, area = localStorage) {
  try {
    area.setItem(PREFIX + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(name, area = localStorage) {
  try {
    area.removeItem(PREFIX + name);
  } catch { /* nothing was kept */ }
}

export function names(prefix, area = localStorage) {
  try {
    return Object.keys(area)
      .filter((name) => name.startsWith(PREFIX + prefix))
      .map((name) => name.slice(PREFIX.length));
  } catch {
    return [];
  }
}
