// A file on its way from the page where it was dropped to the page that shows it, through this browser's own database.

const NAME = "concurrency-lab";
const STORE = "files";
const KEY = "dropped";

/** Leave a file for the next page. @param {File} file @returns {Promise<void>} it fails where the browser keeps nothing */
export async function handOver(file) {
  await inStore((store) => store.put(file, KEY));
}

/** The file that the page before has left; it is not kept. @returns {Promise<File | null>} */
export async function takeOver() {
  const file = await inStore((store) => {
    const asked = store.get(KEY);
    store.delete(KEY);
    return asked;
  }).catch(() => null);
  return file instanceof File ? file : null;
}

/** @param {(store: IDBObjectStore) => IDBRequest} use @returns {Promise<any>} its result, when all of it is done */
async function inStore(use) {
  const database = await new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(STORE, "readwrite");
      const asked = use(change.objectStore(STORE));
      change.oncomplete = () => resolve(asked.result);
      change.onabort = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}
