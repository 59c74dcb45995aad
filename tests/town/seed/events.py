"""What stands in the calendars. A day counts from this week's Monday (0); 7 is next Monday."""

from typing import NamedTuple


class Event(NamedTuple):
    day: int
    start: str
    end: str
    title: str
    place: str
    weekly: bool = False


OF_TOWN = (
    Event(1, "0830", "0915", "Réunion d’équipe", "Salle de pause", weekly=True),
    Event(4, "1130", "1330", "Pot de départ de Mme Lenoir", "Salle des fêtes"),
    Event(6, "1000", "1230", "Fête de la Saint-Éloi (volontaires)", "Place de l’Église"),
    Event(8, "0915", "0945", "Visite médicale", "Centre de gestion"),
    Event(10, "0830", "1630", "Formation premiers secours", "Salle du conseil"),
)

OF_JOB = {
    "ATSEM": (
        Event(0, "0745", "0830", "Accueil du matin", "École Jules-Ferry", weekly=True),
        Event(3, "1400", "1500", "Préparation de l’atelier peinture", "Salle 4"),
        Event(7, "1645", "1745", "Réunion avec les maîtresses", "École Jules-Ferry"),
    ),
    "Jardinier": (
        Event(0, "0730", "1200", "Massifs du rond-point", "Avenue de la Gare"),
        Event(2, "0730", "1130", "Tonte du stade", "Stade Coubertin", weekly=True),
        Event(9, "1330", "1600", "Élagage des tilleuls", "Place de la Mairie"),
    ),
    "Agent de voirie": (
        Event(0, "0800", "1000", "Nid-de-poule rue des Églantiers", "Rue des Églantiers"),
        Event(3, "0700", "1200", "Balayage du marché", "Place du Marché", weekly=True),
        Event(8, "1330", "1630", "Pose de panneaux", "Chemin du Lavoir"),
    ),
    "Électricien": (
        Event(2, "0800", "1200", "Éclairages de Noël : montage", "Rue principale"),
        Event(9, "1400", "1600", "Contrôle des armoires", "Gymnase Coubertin", weekly=True),
    ),
    "Cuisinier": (
        Event(0, "0700", "0730", "Réception des livraisons", "Cuisine centrale", weekly=True),
        Event(3, "1500", "1600", "Commission des menus", "Cuisine centrale"),
    ),
    "Agente de restauration": (
        Event(0, "1130", "1345", "Service du midi", "Cantine Jules-Ferry", weekly=True),
        Event(3, "1500", "1600", "Commission des menus", "Cuisine centrale"),
    ),
    "Éducateur sportif": (
        Event(0, "0900", "1030", "Natation CE2", "Piscine intercommunale", weekly=True),
        Event(5, "1400", "1800", "Tournoi de handball", "Gymnase Coubertin"),
    ),
    "Gardien de gymnase": (
        Event(0, "0800", "0830", "Tour des issues de secours", "Gymnase Coubertin", weekly=True),
        Event(5, "1300", "1900", "Ouverture pour le tournoi", "Gymnase Coubertin"),
    ),
    "Bibliothécaire": (
        Event(2, "1000", "1130", "Heure du conte", "Médiathèque", weekly=True),
        Event(8, "1400", "1700", "Désherbage du rayon jeunesse", "Médiathèque"),
    ),
    "Médiatrice du livre": (
        Event(1, "1330", "1500", "Lecture à la résidence des Œillets", "Résidence autonomie", weekly=True),
        Event(4, "0900", "1030", "Accueil de la classe de CP", "Médiathèque"),
    ),
    "Agente d’accueil": (
        Event(0, "0830", "1200", "Guichet n° 1", "Hôtel de ville", weekly=True),
        Event(8, "1400", "1500", "Point sur les passeports", "Bureau 12"),
    ),
    "Officière d’état civil": (
        Event(5, "1500", "1545", "Mariage Fabre – Hervé", "Salle des mariages"),
        Event(7, "1000", "1100", "Dossier de PACS", "Bureau 8"),
    ),
    "Directrice des services techniques": (
        Event(0, "0900", "1030", "Comité de direction", "Bureau du maire", weekly=True),
        Event(2, "1400", "1530", "Réunion de chantier de l’école", "École Jules-Ferry"),
        Event(9, "1000", "1100", "Entretien professionnel de B. Lefèvre", "Centre technique"),
    ),
}

OF_SERVICE = {
    "Services techniques": (
        Event(0, "0715", "0730", "Répartition des chantiers", "Centre technique", weekly=True),
        Event(2, "0900", "1100", "Contrôle du camion-nacelle", "Atelier"),
        Event(4, "1700", "2000", "Astreinte voirie : D. Nguyen", "Téléphone d’astreinte", weekly=True),
        Event(9, "0800", "1200", "Coupure d’eau rue Pasteur", "Rue Pasteur"),
    ),
    "Écoles": (
        Event(1, "1645", "1730", "Conseil d’école", "École Jules-Ferry"),
        Event(3, "0930", "1000", "Exercice d’évacuation", "École Jules-Ferry"),
        Event(4, "1500", "1630", "Grand ménage des jouets", "Salle de motricité", weekly=True),
        Event(10, "1400", "1600", "Spectacle de marionnettes", "Salle des fêtes"),
    ),
    "Restauration scolaire": (
        Event(1, "1400", "1445", "Relevé des températures (HACCP)", "Cuisine centrale", weekly=True),
        Event(3, "1115", "1330", "Repas de Noël des écoles", "Cantine Jules-Ferry"),
        Event(8, "0900", "1000", "Visite de la diététicienne", "Cuisine centrale"),
    ),
    "Sports": (
        Event(2, "1330", "1700", "Vacances sportives : inscriptions", "Gymnase Coubertin"),
        Event(5, "1400", "1800", "Tournoi de handball", "Gymnase Coubertin"),
        Event(7, "0900", "0945", "Planning des créneaux", "Bureau des sports", weekly=True),
    ),
    "Médiathèque": (
        Event(1, "0900", "1000", "Comité d’acquisition", "Médiathèque", weekly=True),
        Event(5, "1000", "1200", "Atelier bébés lecteurs", "Espace jeunesse"),
        Event(9, "1830", "2000", "Rencontre avec une autrice", "Auditorium"),
    ),
    "Accueil et état civil": (
        Event(0, "1200", "1300", "Permanence du midi : A. Martin", "Hôtel de ville", weekly=True),
        Event(3, "1400", "1700", "Fermeture : travaux électriques", "Hôtel de ville"),
        Event(8, "0900", "1000", "Formation au nouveau logiciel", "Salle informatique"),
    ),
}
